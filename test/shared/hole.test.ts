import { describe, expect, it } from 'vitest';
import { holeFile } from '#shared/wire/hole.ts';

describe('what is named in place of a lost segment', () => {
  it('is an init segment beside it', () => {
    expect(holeFile(303, 'init-12.mp4')).toBe('init-12.mp4');
  });

  it.each([
    [200, 'init-0.mp4'],
    [302, 'init-0.mp4'],
    [303, null],
    [303, ''],
    [303, '../v360/init-0.mp4'],
    [303, 'https://example.com/init-0.mp4'],
    [303, 'init-0.mp4?token=x'],
    [303, 'init-0.mp4\n'],
    [303, '12.m4s'],
  ])('is nothing else: %i %s', (status, location) => {
    expect(holeFile(status, location)).toBeNull();
  });
});
