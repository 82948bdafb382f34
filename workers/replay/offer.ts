import { attributeValue } from '../manifest/hls/attributes.ts';
import { splitHls } from '../manifest/hls/template.ts';
import { candidateOf, readVariants } from '../manifest/hls/variants.ts';

/** A rendition that a broadcast offers, and the sound that goes with it. */
export interface Offered {
  readonly rendition: string;
  /** Null: it is sound itself, or there is none. */
  readonly audio: string | null;
  readonly isVideo: boolean;
}

/** What a broadcast's multivariant playlist offers, the best first: pictures before sound alone. */
export function readOffer(multivariant: string): readonly Offered[] {
  const template = splitHls(multivariant);
  const { variants, media } = readVariants(template);
  const sounds = media.map(({ attributes }) => ({
    group: attributeValue(attributes, 'GROUP-ID'),
    type: attributeValue(attributes, 'TYPE'),
    rendition: folderOf(attributeValue(attributes, 'URI')),
  }));
  const offered = variants.map((entry) => {
    const group = attributeValue(entry.attributes, 'AUDIO');
    const sound = sounds.find((one) => one.type === 'AUDIO' && one.group === group && one.rendition !== null);
    const rendition = folderOf(multivariant.slice(entry.line.next, entry.to));
    const { isVideo } = candidateOf(entry);
    return { rendition, audio: isVideo ? (sound?.rendition ?? null) : null, isVideo };
  });
  // Playlists of ours name H.264 first, the tallest first.
  return [...offered.filter(({ isVideo }) => isVideo), ...offered.filter(({ isVideo }) => !isVideo)].flatMap(
    ({ rendition, audio, isVideo }) => (rendition === null ? [] : [{ rendition, audio, isVideo }]),
  );
}

/** `v720/index.m3u8` → `v720`. */
function folderOf(uri: string | undefined): string | null {
  return /^([a-z0-9-]+)\/index\.m3u8\s*$/.exec(uri ?? '')?.[1] ?? null;
}
