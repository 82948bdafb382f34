import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { originHttpLimits } from '#shared/limits/origin.ts';
import { checkSignature, importWireKey, type ValidSignature } from '#shared/wire/signature.ts';
import { SeenSignatures } from '../origin/http/seen-signatures.ts';
import { signAnew } from '../test/support/sign-anew.ts';

/** What it costs an origin to know that a request is a PoP's and was not here before: time per request, and memory. */

const checks = 20_000;
const rounds = 5;
const secondsFilled = 60;
const batch = 1_024;
const request = { audience: 'origin', method: 'GET', target: '/b/b_0/v720/index.m3u8?_HLS_msn=7', body: null } as const;
const { seenSignaturesMax } = originHttpLimits;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const key = await importWireKey('bench', 'a-secret-of-at-least-thirty-two-characters');
print('a signature checked', `${(await measureCheck()).toFixed(1)} µs`);
const { eachUs, heldBytes } = measureTake();
print(`taken and remembered, up to ${seenSignaturesMax} of them`, `${eachUs.toFixed(2)} µs`);
print(
  'memory of all of them',
  `${(heldBytes / 1_048_576).toFixed(1)} MiB, ${(heldBytes / seenSignaturesMax).toFixed(0)} bytes each`,
);

/** µs each, one after the other as the requests of one connection come; median of the rounds. */
async function measureCheck(): Promise<number> {
  const nowMs = Date.now();
  const headers = await Promise.all(Array.from({ length: 1_000 }, () => signAnew(key, request, nowMs)));
  const timesUs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    for (let i = 0; i < checks / rounds; i++) {
      const checked = await checkSignature([key], headers[i % headers.length] ?? null, request, nowMs);
      if (typeof checked === 'string') throw new Error(checked);
    }
    timesUs.push((1_000 * (performance.now() - startMs)) / (checks / rounds));
  }
  return timesUs.toSorted((a, b) => a - b)[rounds >> 1] ?? Number.NaN;
}

/** As many as are remembered, spread over the minute that they are good for. */
function measureTake(): { readonly eachUs: number; readonly heldBytes: number } {
  const startMs = 1_790_000_000_000;
  const before = heap();
  const seen = new SeenSignatures({ entriesMax: seenSignaturesMax, startMs });
  let spentMs = 0;
  for (let done = 0; done < seenSignaturesMax; done += batch) {
    const nowMs = startMs + (1_000 * secondsFilled * done) / seenSignaturesMax;
    const signatures = Array.from(
      { length: batch },
      (): ValidSignature => ({ timeMs: Math.floor(nowMs), mac: newMac() }),
    );
    const begunMs = performance.now();
    for (const signature of signatures) if (seen.take(signature, nowMs)) throw new Error('refused');
    spentMs += performance.now() - begunMs;
  }
  const heldBytes = heap() - before;
  if (seen.entries !== seenSignaturesMax) throw new Error('some are gone');
  return { eachUs: (1_000 * spentMs) / seenSignaturesMax, heldBytes };
}

function newMac(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
}

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

function print(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(60)}${figure}\n`);
}
