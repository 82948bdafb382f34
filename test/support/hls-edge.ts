/** What a viewer needs of a media playlist. */
export interface HlsEdge {
  readonly mediaSequence: number;
  /** File names as listed, oldest first. */
  readonly segments: readonly string[];
  readonly parts: readonly string[];
  /** The part that is announced. */
  readonly hint: string | null;
  /** The newest init segment. */
  readonly init: string | null;
}

/** Reads a media playlist line by line; the oracles judge it elsewhere, a crowd only follows it. */
export function readHlsEdge(text: string): HlsEdge {
  const lines = text.split('\n');
  const mediaSequence = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1] ?? Number.NaN);
  const segments = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const parts = [...text.matchAll(/#EXT-X-PART:[^\n]*URI="([^"]+)"/g)].map(([, uri = '']) => uri);
  const hint = /#EXT-X-PRELOAD-HINT:TYPE=PART,URI="([^"]+)"/.exec(text)?.[1] ?? null;
  const init = [...text.matchAll(/#EXT-X-MAP:URI="([^"]+)"/g)].at(-1)?.[1] ?? null;
  return { mediaSequence, segments, parts, hint, init };
}

/** Segment number and part of `12.m4s` (part -1) or `12.3.m4s`, with or without a path in front. */
export function numbersOf(file: string): { readonly msn: number; readonly part: number } {
  const [, msn, part = -1] = /(\d+)(?:\.(\d+))?\.m4s$/.exec(file) ?? [];
  return { msn: Number(msn), part: Number(part) };
}
