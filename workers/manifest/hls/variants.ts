import type { Span } from '../edit.ts';
import { codecFamilies } from '../options.ts';
import { type Candidate, codecFamily } from '../rendition-filter.ts';
import { type Attribute, attributeValue, readAttributes } from './attributes.ts';
import type { Line } from './lines.ts';
import type { HlsTemplate } from './template.ts';

/** A tag of a multivariant playlist with its attributes; a variant's span reaches to the end of its URI line. */
export interface Entry extends Span {
  readonly line: Line;
  readonly attributes: readonly Attribute[];
}

/** EXT-X-STREAM-INF and what goes with it (rfc8216bis 4.4.6). */
export interface VariantList {
  readonly variants: readonly Entry[];
  /** EXT-X-MEDIA. */
  readonly media: readonly Entry[];
  /** EXT-X-I-FRAME-STREAM-INF and EXT-X-IMAGE-STREAM-INF. */
  readonly trickPlay: readonly Entry[];
}

/** Attributes of a variant that name a group, which is also the TYPE of the group's EXT-X-MEDIA. */
export const groupAttributes: readonly string[] = ['AUDIO', 'VIDEO', 'SUBTITLES', 'CLOSED-CAPTIONS'];

export function readVariants({ text, lines }: HlsTemplate): VariantList {
  const variants: Entry[] = [];
  const media: Entry[] = [];
  const trickPlay: Entry[] = [];
  for (const [i, line] of lines.entries()) {
    const read = (to: number) => ({ from: line.from, to, line, attributes: readAttributes(text, line.valueFrom) });
    if (line.name === 'STREAM-INF') {
      const uri = lines.slice(i + 1).find(({ name }) => name === 'URI' || name === 'STREAM-INF');
      variants.push(read(uri?.name === 'URI' ? uri.next : line.next));
    } else if (line.name === 'MEDIA') media.push(read(line.next));
    else if (line.name === 'I-FRAME-STREAM-INF' || line.name === 'IMAGE-STREAM-INF') trickPlay.push(read(line.next));
  }
  return { variants, media, trickPlay };
}

/** What a variant tells of itself. */
export function candidateOf({ attributes }: Entry): Candidate {
  const resolution = /^\d+x(\d+)$/.exec(attributeValue(attributes, 'RESOLUTION') ?? '');
  const bandwidth = Number(attributeValue(attributes, 'BANDWIDTH') ?? Number.NaN);
  const codecs = (attributeValue(attributes, 'CODECS') ?? '')
    .split(',')
    .map((codec) => codec.trim())
    .filter(Boolean);
  const isAudioOnly = codecs.length > 0 && codecs.every(isAudioCodec);
  return {
    height: resolution ? Number(resolution[1]) : null,
    bitrate: Number.isNaN(bandwidth) ? null : bandwidth,
    codecs,
    isVideo: resolution !== null || !isAudioOnly,
  };
}

function isAudioCodec(codec: string): boolean {
  const family = codecFamily(codec);
  return family !== null && codecFamilies[family].kind === 'audio';
}

/** `TYPE GROUP-ID` of the groups that a variant uses. */
export function groupsUsed({ attributes }: Entry): readonly string[] {
  return attributes
    .filter(({ name, isQuoted }) => isQuoted && groupAttributes.includes(name))
    .map(({ name, value }) => `${name} ${value}`);
}

/** `TYPE GROUP-ID` of the group that a rendition belongs to. */
export function groupOf({ attributes }: Entry): string {
  return `${attributeValue(attributes, 'TYPE')} ${attributeValue(attributes, 'GROUP-ID')}`;
}
