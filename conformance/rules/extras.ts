import type { Alternative, Variant } from '../hls/model.ts';
import { type HlsObservation, type HlsRendition, objectKey } from '../observe/observation.ts';
import { at, type Check, type Evidence, statusSeen } from './check.ts';
import { isServed } from './seen.ts';

const audioCodec = /^(?:mp4a|opus|ac-[34]|ec-3|flac|alac)/i;
const instreamId = /^(?:CC[1-4]|SERVICE(?:[1-9]|[1-5]\d|6[0-3]))$/;

/** What a stream offers beside its ladder: pictures for trick play, captions inside the video, the sound alone. */
export const extraChecks: readonly Check<HlsObservation>[] = [
  {
    ...{
      id: 'hls-iframes',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.3.6, 4.4.6.3',
      title: 'I-frame playlists list key frames',
    },
    asks: 'Each range of an I-frame playlist is the beginning of its segment, with a sync sample first.',
    judge: (seen, evidence) => {
      for (const rendition of seen.renditions) {
        if (rendition.iFramesOnly) judgePictures(seen, rendition, evidence);
      }
      if (evidence.looked === 0) evidence.say('no I-frame playlist');
    },
  },
  {
    ...{
      id: 'hls-captions',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.6.2, 4.4.6.1',
      title: 'Captions are declared in one voice',
    },
    asks: 'CLOSED-CAPTIONS names a group that says where in the video its captions are; if one variant says NONE, all do.',
    judge: ({ multivariant, entry }, evidence) => {
      if (!multivariant) return;
      const variants = multivariant.variants.filter(({ iFramesOnly }) => !iFramesOnly);
      const declared = multivariant.alternatives.filter(({ type }) => type === 'CLOSED-CAPTIONS');
      judgeVariants(variants, declared, entry.url, evidence);
      for (const { line, url, instreamId: id, name } of declared) {
        evidence.look();
        if (url !== null) evidence.must({ url: entry.url, line }, `captions "${name}" with a URI`);
        if (id === null || !instreamId.test(id)) {
          evidence.must({ url: entry.url, line }, `captions "${name}" with INSTREAM-ID ${id ?? 'missing'}`);
        }
      }
    },
  },
  {
    ...{
      id: 'hls-audio-only',
      severity: 'SHOULD',
      section: 'Apple HLS authoring specification 9',
      title: 'The sound is there alone',
    },
    asks: 'Beside the video variants there is one with the sound alone.',
    judge: ({ multivariant, entry }, evidence) => {
      const variants = multivariant?.variants.filter(({ iFramesOnly }) => !iFramesOnly) ?? [];
      const hasSound = variants.some(({ codecs }) => codecs.some((codec) => audioCodec.test(codec)));
      if (!hasSound) return;
      evidence.look();
      if (!variants.some(isSound)) evidence.should({ url: entry.url }, 'every variant has pictures');
    },
  },
];

function isSound({ codecs, resolution }: Variant): boolean {
  return resolution === null && codecs.length > 0 && codecs.every((codec) => audioCodec.test(codec));
}

function judgeVariants(
  variants: readonly Variant[],
  declared: readonly Alternative[],
  url: string,
  evidence: Evidence,
): void {
  const saysNone = variants.some(({ captions }) => captions === 'NONE');
  for (const { captions, line } of variants) {
    if (captions === null && !saysNone) continue;
    evidence.look();
    if (saysNone && captions !== 'NONE') {
      evidence.must({ url, line }, `CLOSED-CAPTIONS=${captions ?? 'missing'}, another variant says NONE`);
    }
    if (captions === null || captions === 'NONE') continue;
    if (!declared.some(({ group }) => group === captions)) {
      evidence.must({ url, line }, `no EXT-X-MEDIA of the captions "${captions}"`);
    }
  }
}

function judgePictures(seen: HlsObservation, { snapshots, pictures }: HlsRendition, evidence: Evidence): void {
  const [first] = snapshots;
  if (!first) return;
  if (!first.playlist.iFramesOnly) evidence.must(at(first.exchange), 'no EXT-X-I-FRAMES-ONLY');
  for (const segment of first.playlist.segments) {
    const picture = pictures.get(objectKey(segment.url, segment.range));
    if (!picture) continue;
    const place = at(first.exchange, segment.line);
    evidence.look();
    if (!isServed(picture)) evidence.must(place, `${segment.uri}: ${statusSeen(picture.exchange)}`);
    else if (!picture.facts) evidence.must(place, `${segment.uri}: the range does not begin as media does`);
    else if (!picture.facts.startsWithSync) evidence.must(place, `${segment.uri}: its first sample is no key frame`);
    const startTicks = startOf(seen, segment.url);
    if (startTicks !== null && picture.facts && picture.facts.startTicks !== startTicks) {
      evidence.must(place, `${segment.uri}: begins at ${picture.facts.startTicks}, its segment at ${startTicks}`);
    }
  }
}

/** Where the whole segment of that URL begins, if it was fetched. */
function startOf({ renditions }: HlsObservation, url: string): number | null {
  for (const { objects } of renditions) {
    const facts = objects.get(objectKey(url, null))?.facts;
    if (facts) return facts.startTicks;
  }
  return null;
}
