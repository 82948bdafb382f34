import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dashGroups, deliveryGroup, hlsGroups } from '../../conformance/rules/all.ts';
import { type Report, runConformance } from '../../conformance/run.ts';
import { SteppingClock } from './fake-clock.ts';
import { FakeServer } from './fake-server.ts';
import { faults, lasting, type Shape } from './faults.ts';

/** Stream seconds: discontinuities leave, parts and segments too; most of it happens in the first. */
const wholeS = 7;
const briefS = 4;

async function watch(shape: Shape, fault: string | null): Promise<Report> {
  const durationS = fault === null || lasting.has(fault) ? wholeS : briefS;
  const clock = new SteppingClock();
  const server = new FakeServer(clock, shape, fault);
  const url = await server.listen();
  try {
    return await runConformance({ url, durationS, clock });
  } finally {
    await server.close();
  }
}

/** Checks that found something: `rule-05 fail: what was seen`. */
function complaints({ results }: Report): string[] {
  return results
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')
    .map(({ id, verdict, findings }) => `${id} ${verdict}: ${findings[0]?.seen} ${findings[0]?.url}`);
}

describe.concurrent('a right stream passes every check', { timeout: 30_000 }, () => {
  it.each<Shape>(['low-latency', 'plain', 'away', 'ranges', 'ended', 'dash', 'dash-cut'])('%s', async (shape) => {
    const report = await watch(shape, null);
    expect(complaints(report)).toEqual([]);
    expect(report.counts.pass).toBeGreaterThan(15);
  });
});

describe.concurrent('one fault is found, and nothing else', { timeout: 30_000 }, () => {
  it.each(faults)('$name in $shape', async ({ check, name, shape, verdict, also = [] }) => {
    const report = await watch(shape, name);
    const result = report.results.find(({ id }) => id === check);
    expect(result?.verdict, complaints(report).join('\n')).toBe(verdict);
    expect(result?.findings[0]?.url).toMatch(/^http:/);
    const others = complaints(report).filter((text) => ![check, ...also].includes(text.split(' ')[0] ?? ''));
    expect(others).toEqual([]);
  });
});

const checks = [...hlsGroups, ...dashGroups, deliveryGroup].flatMap((group) => group.checks.map(({ id }) => id));

it('every check has a fault that it finds', () => {
  expect([...new Set(faults.map(({ check }) => check))].sort()).toEqual([...checks].sort());
});

it('every rule of the playback path has a check under its number', () => {
  const numbers = Array.from({ length: 48 }, (_, index) => `rule-${String(index + 1).padStart(2, '0')}`);
  expect(checks.filter((id) => id.startsWith('rule-')).sort()).toEqual(numbers);
});

it('the documentation lists every check, and no other', () => {
  const text = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8');
  const listed = [...text.matchAll(/^\| `([\w-]+)` \| (?:MUST|SHOULD) \|/gm)].map(([, id]) => id);
  expect(listed.sort()).toEqual([...checks].sort());
});
