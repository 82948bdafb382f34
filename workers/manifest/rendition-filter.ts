import { type CodecFamily, codecFamilies, type RenditionFilter } from './options.ts';

/** What a manifest says of one variant or representation; null: nothing. */
export interface Candidate {
  /** Pixels. */
  readonly height: number | null;
  /** Bits per second, peak. */
  readonly bitrate: number | null;
  readonly codecs: readonly string[];
  /** Has pictures, as far as can be told. */
  readonly isVideo: boolean;
}

/** The family of a codec string (RFC 6381: `avc1.64001f`), or null when it has none of ours. */
export function codecFamily(codec: string): CodecFamily | null {
  const entry = codec.split('.', 1)[0] ?? '';
  for (const [family, { entries }] of Object.entries(codecFamilies)) {
    if ((entries as readonly string[]).includes(entry)) return family as CodecFamily;
  }
  return null;
}

/** What two filters let through together, for what a viewer asks within what a token allows. */
export function narrowFilter(asked: RenditionFilter, allowed: RenditionFilter): RenditionFilter {
  const least = (a?: number, b?: number) => (a === undefined ? b : Math.min(a, b ?? a));
  const maxHeight = least(asked.maxHeight, allowed.maxHeight);
  const maxBitrate = least(asked.maxBitrate, allowed.maxBitrate);
  const heights = [asked.minHeight, allowed.minHeight].filter((height) => height !== undefined);
  const common = asked.codecs?.filter((family) => !allowed.codecs || allowed.codecs.includes(family)) ?? [];
  const codecs = common.length > 0 ? common : (allowed.codecs ?? asked.codecs);
  return {
    ...(maxHeight === undefined ? {} : { maxHeight }),
    ...(maxBitrate === undefined ? {} : { maxBitrate }),
    ...(heights.length === 0 ? {} : { minHeight: Math.max(...heights) }),
    ...(codecs ? { codecs } : {}),
  };
}

/** The candidates that stay: see {@link RenditionFilter} for what is never filtered away. */
export function chooseRenditions(candidates: readonly Candidate[], filter: RenditionFilter): ReadonlySet<Candidate> {
  const kept = new Set(candidates.filter((candidate) => fits(candidate, filter)));
  const isMissing = (kind: readonly Candidate[]) => kind.length > 0 && !kind.some((one) => kept.has(one));
  const video = candidates.filter(({ isVideo }) => isVideo);
  const audio = candidates.filter(({ isVideo }) => !isVideo);
  if (isMissing(video)) kept.add(lowest(video, filter));
  else if (video.length === 0 && isMissing(audio)) kept.add(lowest(audio, filter));
  return kept;
}

/** Whether one candidate, seen alone, is within the filter; what a manifest does not tell is. */
export function fits(candidate: Candidate, filter: RenditionFilter): boolean {
  const { height, bitrate } = candidate;
  if (height !== null && height > (filter.maxHeight ?? Number.POSITIVE_INFINITY)) return false;
  if (height !== null && height < (filter.minHeight ?? 0)) return false;
  if (bitrate !== null && bitrate > (filter.maxBitrate ?? Number.POSITIVE_INFINITY)) return false;
  return hasAllowedCodecs(candidate, filter);
}

function hasAllowedCodecs({ codecs }: Candidate, { codecs: allowed }: RenditionFilter): boolean {
  if (!allowed || allowed.length === 0) return true;
  const boundKinds = new Set(allowed.map((family) => codecFamilies[family].kind));
  return codecs.every((codec) => {
    const family = codecFamily(codec);
    return family === null || !boundKinds.has(codecFamilies[family].kind) || allowed.includes(family);
  });
}

function lowest(candidates: readonly Candidate[], filter: RenditionFilter): Candidate {
  const playable = candidates.filter((candidate) => hasAllowedCodecs(candidate, filter));
  const [first, ...rest] = playable.length > 0 ? playable : candidates;
  const bitrateOf = ({ bitrate }: Candidate) => bitrate ?? Number.POSITIVE_INFINITY;
  return rest.reduce((best, next) => (bitrateOf(next) < bitrateOf(best) ? next : best), first as Candidate);
}
