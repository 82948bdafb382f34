import { afterAll, beforeAll, expect, it } from 'vitest';
import { runConformance } from '../../conformance/run.ts';
import { type CodedPublisher, publishCodedPicture } from '../support/coded-publisher.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let publisher: CodedPublisher;

beforeAll(async () => {
  stack = await startTestStack();
  publisher = publishCodedPicture({ url: stack.publishUrl });
  await stack.waitForState('live');
}, 60_000);

afterAll(async () => {
  await publisher?.stop();
  await stack?.stop();
}, 30_000);

it.each(['hls', 'dash'] as const)(
  'what a PoP serves as %s breaks no MUST of the conformance suite',
  async (kind) => {
    const report = await runConformance({ url: stack.popUrl(1) + stack.run[kind], durationS: 12 });
    const broken = report.results.filter((result) => result.verdict === 'fail');
    expect(broken).toEqual([]);
    expect(report.results.filter((result) => result.verdict === 'pass').length).toBeGreaterThan(15);
  },
  60_000,
);
