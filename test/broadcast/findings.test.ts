import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { findingCodes } from '#shared/model/finding.ts';
import { findingWords } from '../../origin/broadcast/finding-words.ts';
import { Findings } from '../../origin/broadcast/findings.ts';

it('the reference page has every finding as the code words it', () => {
  const page = readFileSync(new URL('../../docs/protocol/findings.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const expected = findingCodes.flatMap((code) =>
    findingWords[code].map(({ severity, sentence, fix }) => `| \`${code}\` | ${severity} | ${sentence} | ${fix} |`),
  );
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

  it('tell how bad it is now, and when that changes', () => {
    let changes = 0;
    const findings = new Findings(() => changes++);
    findings.raise('video.codec_unsupported', 1, { severity: 'warning' });
    findings.raise('video.codec_unsupported', 2, { severity: 'warning' });
    const [mild] = findings.list();
    expect([changes, mild?.severity, mild?.openedMs]).toEqual([1, 'warning', 1]);
    expect(mild?.sentence).toContain('encoded again');
    findings.raise('video.codec_unsupported', 3);
    expect([changes, findings.list().map((one) => [one.severity, one.openedMs])]).toEqual([2, [['error', 1]]]);
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
