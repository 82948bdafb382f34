/** What decodes a track, as far as a player's choice goes: all strings of a family are decoded or none is. */
export type VideoFamily = 'h264' | 'hevc' | 'vp9' | 'av1';

const families: readonly (readonly [RegExp, VideoFamily])[] = [
  [/^avc[13]\./, 'h264'],
  [/^hvc1\.|^hev1\./, 'hevc'],
  [/^vp09\./, 'vp9'],
  [/^av01\./, 'av1'],
];

/** The family of an RFC 6381 video codec string, or null when it is none of ours. */
export function videoFamily(codec: string): VideoFamily | null {
  return families.find(([pattern]) => pattern.test(codec))?.[1] ?? null;
}

/** Opus in ISO BMFF, as MediaSource and MPDs name it (RFC 6381 string of the sample entry `Opus`). */
export const opusCodec = 'opus';
