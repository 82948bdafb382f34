import { setTimeout as pause } from 'node:timers/promises';
import { AccessPops, popNames } from '../test/support/access-pops.ts';
import { RevocationBook } from '../workers/access/desk/revocation-book.ts';
import { RevocationView } from '../workers/access/desk/revocation-view.ts';

/**
 * How soon a revocation counts at three PoPs while ten thousand others are in force, and what asking costs: every PoP has
 * a viewer who loads a playlist twice a second, as a low-latency player does.
 */

const records = 10_000;
const rounds = 30;
const reloadMs = 500;
const lanes = 32;
const warmups = 200_000;
const checks = 2_000_000;

const nobody = { kid: 'k', owner: null, link: null, viewer: 'v', channel: 'c', broadcast: 'b', issuedMs: Date.now() };
type PopName = (typeof popNames)[number];

const pops = await AccessPops.start();
try {
  await fill();
  for (const pop of popNames) {
    const startMs = performance.now();
    await isRevoked(pop, 's-0');
    print(`first request at ${pop}, with the whole list`, `${(performance.now() - startMs).toFixed(0)} ms`);
  }
  const timesMs = await propagate();
  const at = (share: number) => timesMs[Math.min(timesMs.length - 1, Math.floor(timesMs.length * share))] ?? Number.NaN;
  print(
    `effective at a PoP, ${records} records, ${timesMs.length} samples`,
    `p50 ${seconds(at(0.5))}  p95 ${seconds(at(0.95))}  max ${seconds(at(1))}`,
  );
} finally {
  await pops.stop();
}
costs();

async function fill(): Promise<void> {
  const startMs = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < records - rounds) {
      const { status, text } = await pops.api('POST', '/revocations', { kind: 'session', value: `s-${next++}` });
      if (status !== 201) throw new Error(text);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  print(`${next} revocations through the API`, seconds(performance.now() - startMs));
}

/** Times from the answered call until each PoP refuses, ascending. */
async function propagate(): Promise<number[]> {
  const timesMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const session = `watched-${round}`;
    for (const pop of popNames) await isRevoked(pop, session);
    await pause(Math.random() * 3_000);
    await pops.api('POST', '/revocations', { kind: 'session', value: session });
    const revokedMs = performance.now();
    const seen = popNames.map(async (pop) => {
      await pause(Math.random() * reloadMs);
      while (!(await isRevoked(pop, session))) await pause(reloadMs);
      return performance.now() - revokedMs;
    });
    timesMs.push(...(await Promise.all(seen)));
  }
  return timesMs.sort((a, b) => a - b);
}

async function isRevoked(pop: PopName, session: string): Promise<boolean> {
  return (await pops.ask(pop, 'POST', '/is-revoked', { ...nobody, session })).json;
}

/** One check, and one whole list, in this process. */
function costs(): void {
  const book = new RevocationBook({ epoch: 'e', version: 0, floor: 0 }, []);
  for (let i = 0; i < records; i++) {
    const times = { issuedBeforeMs: null, untilMs: 2e12, atMs: 1 };
    book.add({ kind: 'session', value: `session-${i}`, label: '', ...times }, () => `rv_${i}`);
  }
  const view = new RevocationView();
  const whole = book.changesSince('', 0);
  print('the whole list', `${(JSON.stringify(whole).length / 1_024).toFixed(0)} KiB`);
  view.apply(whole, 1);
  let found = 0;
  let startMs = 0;
  for (let i = -warmups; i < checks; i++) {
    if (i === 0) startMs = performance.now();
    if (view.isRevoked({ ...nobody, session: i % 2 === 0 ? 'session-7' : 'other' }, 1)) found++;
  }
  const eachUs = ((performance.now() - startMs) * 1_000) / checks;
  print(`a check (${found} found)`, `${eachUs.toFixed(2)} µs`);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

function print(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(60)}${figure}\n`);
}
