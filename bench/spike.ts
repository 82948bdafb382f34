import { Crowd, type CrowdViewer } from '../test/support/crowd.ts';
import { watchLowLatency } from '../test/support/crowd-viewers.ts';
import { LiveStage } from '../test/support/live-stage.ts';
import { MachineWait } from '../test/support/machine-wait.ts';
import { ownChildren } from './edge/processes.ts';

/**
 * Ten times the viewers within ten seconds: how long low-latency viewers wait for a part after the origin has it, and what
 * it costs the origin, before and after. Origin, edge (two PoPs of one region) and viewers share this machine; no encoder
 * runs, a part comes every 200 ms. The last column is the share of the time for which the machine let somebody wait for a core.
 */

const idle = 15;
const spike = 150;
const joinS = 10;
const watchS = 10;
const partMs = 200;
const partsPerSegment = 10;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** When the origin had each part, ms of performance.now(). */
const madeMs = new Map<string, number>();
const stage = await LiveStage.start();
const { origin, edge, proxy } = stage;
let parts = partsPerSegment * origin.msn + 5;
const maker = setInterval(() => {
  // Noted before the origin wakes those who wait for it.
  madeMs.set(`${Math.floor(parts / partsPerSegment)}.${parts % partsPerSegment}.m4s`, performance.now());
  parts++;
  origin.push();
}, partMs);
const crowd = new Crowd();
const viewers: (CrowdViewer & { readonly joinedMs: number })[] = [];
let lastMsn: number | null = null;
const join = () => {
  const popUrl = edge.url(viewers.length % 2 === 0 ? 'fra' : 'ams');
  const { broadcast } = stage;
  const seat = { crowd, popUrl, broadcast, rendition: origin.rendition, lastMsn: () => lastMsn };
  viewers.push({ ...watchLowLatency(seat), joinedMs: performance.now() });
};

try {
  process.stdout.write(
    'low-latency viewers              parts      p50 ms      p95 ms  origin/part        hits  no core for\n',
  );
  for (let count = 0; count < idle; count++) join();
  await pause(2_000);
  await period(`${idle}`, () => pause(watchS * 1_000));
  await period(`${idle} to ${spike} in ${joinS} s`, async () => {
    while (viewers.length < spike) {
      join();
      await pause((joinS * 1_000) / (spike - idle));
    }
  });
  await period(`${spike}`, () => pause(watchS * 1_000));
  lastMsn = origin.msn + 1;
  await Promise.all(viewers.map(({ done }) => done));
  for (const fault of crowd.faults.slice(0, 5)) process.stdout.write(`fault: ${fault}\n`);
} finally {
  clearInterval(maker);
  crowd.close();
  await stage.stop();
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Does something, and tells of the parts that the origin made meanwhile. */
async function period(title: string, during: () => Promise<unknown>): Promise<void> {
  const machine = new MachineWait([process.pid, ...ownChildren('workerd')]);
  const [fromMs, from] = [performance.now(), proxy.requests.length];
  const watching = viewers.length;
  await during();
  const toMs = performance.now();
  const asked = proxy.requests.slice(from).length;
  machine.stop();
  // The last of them are still on their way.
  await pause(1_000);
  const made = [...madeMs].filter(([, atMs]) => atMs >= fromMs && atMs < toMs);
  const waitedMs = viewers
    .flatMap(({ arrivedMs, joinedMs }) =>
      made.flatMap(([file, atMs]) => {
        const arrived = arrivedMs.get(`${origin.rendition}/${file}`);
        return arrived === undefined || atMs < joinedMs ? [] : [arrived - atMs];
      }),
    )
    .sort((a, b) => a - b);
  const at = (share: number) => (waitedMs[Math.floor(waitedMs.length * share)] ?? Number.NaN).toFixed(0);
  // Each part is one request for it and one for the playlist that lists it.
  const hits = 1 - asked / (2 * waitedMs.length);
  const cells = [
    made.length,
    at(0.5),
    at(0.95),
    (asked / made.length).toFixed(2),
    percent(hits),
    percent(machine.share),
  ];
  process.stdout.write(`${title.padEnd(26)}${cells.map((cell) => String(cell).padStart(12)).join('')}\n`);
  if (waitedMs.length < watching * made.length * 0.9) process.stdout.write('  some viewers fell behind the parts\n');
}
