import type { Variant } from '../hls/model.ts';
import { sameCodec } from '../media/codec-string.ts';
import type { Track } from '../media/init-segment.ts';
import { type HlsObservation, type HlsRendition, objectKey } from '../observe/observation.ts';
import type { Check, Evidence, Place } from './check.ts';

interface Rate {
  readonly durationS: number;
  readonly bits: number;
}

/** Sizes and durations of the segments of a rendition that were fetched whole, in order. */
function ratesOf({ snapshots, objects }: HlsRendition): Rate[][] {
  const runs: Rate[][] = [];
  let last = Number.NaN;
  const seen = new Set<number>();
  for (const segment of snapshots.flatMap(({ playlist }) => playlist.segments)) {
    if (seen.has(segment.msn)) continue;
    seen.add(segment.msn);
    const exchange = objects.get(objectKey(segment.url, segment.range))?.exchange;
    if (!exchange || (exchange.status !== 200 && exchange.status !== 206)) continue;
    if (segment.msn !== last + 1) runs.push([]);
    last = segment.msn;
    runs.at(-1)?.push({ durationS: segment.durationS, bits: exchange.sizeBytes * 8 });
  }
  return runs;
}

/** Peak segment bit rate: the highest of any neighbouring segments of 0.5 to 1.5 target durations (rfc8216bis 4.4.6.2). */
function peakOf(rendition: HlsRendition): number {
  const targetS = rendition.snapshots[0]?.playlist.targetDurationS ?? 0;
  let peak = 0;
  for (const run of ratesOf(rendition)) {
    for (let from = 0; from < run.length; from++) {
      let durationS = 0;
      let bits = 0;
      for (let to = from; to < run.length && durationS <= 1.5 * targetS; to++) {
        durationS += run[to]?.durationS ?? 0;
        bits += run[to]?.bits ?? 0;
        if (durationS >= 0.5 * targetS && durationS <= 1.5 * targetS) peak = Math.max(peak, bits / durationS);
      }
    }
  }
  return peak;
}

/** The renditions that a variant plays beside its own, of each group the one with the highest peak. */
function partners(seen: HlsObservation, variant: Variant): HlsRendition[] {
  return [...variant.groups].flatMap(([type, group]) => {
    const members = seen.renditions.filter(
      ({ alternative, url }) => alternative?.type === type && alternative.group === group && url !== variant.url,
    );
    return members.sort((a, b) => peakOf(b) - peakOf(a)).slice(0, 1);
  });
}

function tracksOf({ inits }: HlsRendition): Track[] {
  return [...inits.values()].flatMap(({ tracks }) => tracks ?? []);
}

function eachVariant(
  seen: HlsObservation,
  visit: (variant: Variant, rendition: HlsRendition, place: Place) => void,
): void {
  for (const rendition of seen.renditions) {
    for (const variant of rendition.variants) visit(variant, rendition, { url: seen.entry.url, line: variant.line });
  }
}

/** What the multivariant playlist says of its renditions, against what they are. */
export const variantChecks: readonly Check<HlsObservation>[] = [
  {
    ...{ id: 'hls-bandwidth', severity: 'MUST', section: 'rfc8216bis 4.4.6.2', title: 'BANDWIDTH covers the peak' },
    asks: 'BANDWIDTH is at least the peak segment bit rate of the variant with its audio; AVERAGE-BANDWIDTH is not above it.',
    judge: (seen, evidence) => {
      eachVariant(seen, (variant, rendition, place) => judgeBandwidth(seen, variant, rendition, place, evidence));
    },
  },
  {
    ...{
      id: 'hls-codecs',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.6.2; RFC 6381',
      title: 'CODECS are those of the init segments',
    },
    asks: 'CODECS names every codec of the variant, as its init segments have it.',
    judge: (seen, evidence) => {
      eachVariant(seen, (variant, rendition, place) => {
        const sets = [rendition, ...partners(seen, variant)].map(tracksOf);
        const tracks = sets.flat();
        const found = new Set(tracks.flatMap(({ codec }) => (codec === null ? [] : [codec])));
        if (found.size === 0) return;
        evidence.look();
        if (variant.codecs.length === 0) {
          evidence.should(place, 'no CODECS');
          return;
        }
        const declared = variant.codecs.join(',');
        for (const codec of found) {
          if (!variant.codecs.some((one) => sameCodec(one, codec)))
            evidence.must(place, `CODECS="${declared}", the media is ${codec}`);
        }
        const known = sets.every((set) => set.length > 0) && tracks.every(({ codec }) => codec !== null);
        for (const one of known ? variant.codecs : []) {
          if (![...found].some((codec) => sameCodec(one, codec)))
            evidence.must(place, `CODECS names ${one}, the media does not have it`);
        }
      });
    },
  },
  {
    ...{
      id: 'hls-resolution',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.6.2',
      title: 'RESOLUTION is that of the media',
    },
    asks: 'RESOLUTION is the size of the video; a video variant should state it.',
    judge: (seen, evidence) => {
      eachVariant(seen, ({ resolution }, rendition, place) => {
        const video = tracksOf(rendition).filter(({ kind, width }) => kind === 'video' && width > 0);
        if (video.length === 0) return;
        evidence.look();
        const sizes = video.map(({ width, height }) => `${width}x${height}`);
        if (resolution === null) evidence.should(place, `no RESOLUTION, the media is ${sizes[0]}`);
        else if (!sizes.includes(resolution))
          evidence.must(place, `RESOLUTION=${resolution}, the media is ${sizes.join(', ')}`);
      });
    },
  },
];

function judgeBandwidth(
  seen: HlsObservation,
  variant: Variant,
  rendition: HlsRendition,
  place: Place,
  evidence: Evidence,
): void {
  const { bandwidth, averageBandwidth } = variant;
  const peak = [rendition, ...partners(seen, variant)].reduce((sum, one) => sum + peakOf(one), 0);
  if (bandwidth === null) {
    evidence.look();
    evidence.must(place, 'no BANDWIDTH');
    return;
  }
  if (averageBandwidth !== null && averageBandwidth > bandwidth) {
    evidence.must(place, `AVERAGE-BANDWIDTH ${averageBandwidth} above BANDWIDTH ${bandwidth}`);
  }
  if (peak === 0) return;
  evidence.look();
  // EXTINF is rounded, and with it the rate.
  if (peak <= 1.001 * bandwidth) return;
  // A live encoder cannot know its future peak: a tenth over is inaccurate, more misleads players.
  evidence.add(
    peak > 1.1 * bandwidth ? 'MUST' : 'SHOULD',
    place,
    `BANDWIDTH=${bandwidth}, measured ${Math.round(peak)} bit/s`,
  );
}
