import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Report, runConformance } from '../../conformance/run.ts';
import { type SigningProxy, startSigningProxy } from '../../scripts/signing-proxy.ts';
import { type CodedPublisher, publishCodedPicture } from '../support/coded-publisher.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let publisher: CodedPublisher;
let origin: SigningProxy;

beforeAll(async () => {
  stack = await startTestStack();
  publisher = publishCodedPicture({ url: stack.publishUrl });
  await stack.waitForState('live');
  const { wireKeys } = JSON.parse(await readFile(join(stack.dataDir, 'origin', 'config.json'), 'utf8'));
  origin = await startSigningProxy(stack.run.origin, wireKeys);
}, 60_000);

afterAll(async () => {
  await publisher?.stop();
  await origin?.close();
  await stack?.stop();
}, 30_000);

const kinds = ['hls', 'dash'] as const;

/** What an origin leaves to the PoPs in front of it: they alone ask it and keep what it says, for whole objects, and no page reads it. */
const leftToPops = {
  hls: ['rule-04', 'rule-16', 'rule-20', 'rule-22', 'rule-32', 'rule-47', 'cors'],
  dash: ['rule-22', 'rule-32', 'rule-40', 'rule-47', 'cors'],
};

/** What shows that nobody publishes, and has no other cause (decision 14). */
const standstill = {
  hls: ['hls-fresh'],
  // A publisher that is killed may have sent more of one track than of the other.
  dash: ['dash-availability', 'dash-update-period', 'dash-tfdt warn'],
};

/** Checks that found something else: `rule-05 warn: what was seen, where`. */
function complaints({ results }: Report, known: readonly string[] = []): string[] {
  return results.flatMap(({ id, verdict, findings }) => {
    const [first] = findings;
    const isKnown = known.includes(id) || known.includes(`${id} ${verdict}`);
    return first && !isKnown ? [`${id} ${verdict}: ${first.seen} ${first.url}`] : [];
  });
}

/** Checks that found a SHOULD broken. */
function warned({ results }: Report): string[] {
  return results.filter(({ verdict }) => verdict === 'warn').map(({ id }) => id);
}

describe.concurrent('while somebody publishes', { timeout: 60_000 }, () => {
  it.each(kinds)('what a PoP serves as %s breaks no rule', async (kind) => {
    const report = await runConformance({ url: stack.popUrl(1) + stack.run[kind], durationS: 12 });
    expect(complaints(report)).toEqual([]);
    expect(report.counts.pass).toBeGreaterThan(15);
  });

  it.each(kinds)('what the origin itself serves as %s breaks no rule but what PoPs see to', async (kind) => {
    const { broadcast } = await stack.view();
    const file = kind === 'hls' ? 'index.m3u8' : 'index.mpd';
    const report = await runConformance({ url: `${origin.url}/b/${broadcast}/${file}`, durationS: 12 });
    expect(complaints(report, leftToPops[kind])).toEqual([]);
    expect(report.counts.fail).toBe(0);
    expect(warned(report).sort()).toEqual([...leftToPops[kind]].sort());
    expect(report.counts.pass).toBeGreaterThan(15);
  });
});

// A second try would look at what the first one left in the window.
it('a publisher who leaves without a word and comes back breaks nothing but the pace', {
  retry: 0,
  timeout: 90_000,
}, async () => {
  const { broadcast } = await stack.view();
  const watched = Promise.all(
    kinds.map((kind) => runConformance({ url: stack.popUrl(1) + stack.run[kind], durationS: 20 })),
  );
  publisher.process.kill('SIGKILL');
  await publisher.exited;
  await stack.waitForState('interrupted');
  publisher = publishCodedPicture({ url: stack.publishUrl });
  await stack.waitForState('live');
  for (const report of await watched) expect(complaints(report, standstill[report.kind])).toEqual([]);
  const playlist = await (await fetch(`${stack.popUrl(1)}/b/${broadcast}/v360/index.m3u8`)).text();
  expect(playlist).toContain('#EXT-X-DISCONTINUITY\n');
});
