import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { broadcastLimits } from '#shared/limits.ts';
import { findingCodes } from '#shared/model/finding.ts';
import { describeFinding, Findings } from '../../origin/broadcast/findings.ts';

it('the reference page has every finding as the code words it', () => {
  const page = readFileSync(new URL('../../docs/protocol/findings.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const expected = findingCodes.map((code) => {
    const { severity, sentence, fix } = describeFinding(code, 0);
    return `| \`${code}\` | ${severity} | ${sentence} | ${fix} |`;
  });
  expect(rows).toEqual(expected);
});

describe('open findings', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('tell of a change once', () => {
    let changes = 0;
    const findings = new Findings(() => changes++);
    findings.raise('audio.none', 1);
    findings.raise('audio.none', 2);
    expect([changes, findings.list().map((one) => one.openedMs)]).toEqual([1, [1]]);
    findings.clear('audio.none');
    findings.clear('audio.none');
    expect([changes, findings.list()]).toEqual([2, []]);
  });

  it('of a moment close when it stays calm', () => {
    const findings = new Findings(() => {});
    findings.raise('ts.jump', 0);
    findings.raise('audio.none', 0);
    vi.advanceTimersByTime(broadcastLimits.findingCalmMs - 1);
    findings.raise('ts.jump', 0);
    vi.advanceTimersByTime(broadcastLimits.findingCalmMs - 1);
    expect(findings.list().map((one) => one.code)).toEqual(['ts.jump', 'audio.none']);
    vi.advanceTimersByTime(1);
    expect(findings.list().map((one) => one.code)).toEqual(['audio.none']);
  });
});
