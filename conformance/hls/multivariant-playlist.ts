import { integer, readAttributes } from './attributes.ts';
import type { Alternative, Defect, MultivariantPlaylist, Steering, Variant } from './model.ts';
import { queryParamsOf } from './tag-values.ts';

/** Whether a text is a multivariant playlist rather than a media playlist. */
export function isMultivariant(text: string): boolean {
  return /^#EXT-X-(?:STREAM-INF|I-FRAME-STREAM-INF|MEDIA):/m.test(text);
}

/** Reads a multivariant playlist (rfc8216bis 4.4.6); what is wrong is a defect. */
export function readMultivariantPlaylist(text: string, url: string): MultivariantPlaylist {
  const variants: Variant[] = [];
  const alternatives: Alternative[] = [];
  let steering: Steering | null = null;
  const defects: Defect[] = [];
  let pending: { readonly line: number; readonly text: string } | null = null;
  const resolve = (uri: string, line: number): string => {
    const resolved = URL.parse(uri, url);
    if (!resolved) defects.push({ line, text: `not a URI: ${uri}` });
    return resolved?.href ?? url;
  };
  const lines = text.split(/\r?\n/).map((line) => line.trimEnd());
  if (lines[0] !== '#EXTM3U') defects.push({ line: 1, text: 'the first line is not #EXTM3U' });
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    if (line.startsWith('#EXT-X-STREAM-INF:')) pending = { line: number, text: line.slice(18) };
    else if (line.startsWith('#EXT-X-I-FRAME-STREAM-INF:')) {
      const values = attributesOf(line.slice(26), number, defects);
      variants.push(variant(values, number, resolve(values.get('URI') ?? '', number), true));
    } else if (line.startsWith('#EXT-X-MEDIA:')) {
      const values = attributesOf(line.slice(13), number, defects);
      const uri = values.get('URI');
      alternatives.push({
        line: number,
        type: values.get('TYPE') ?? '',
        group: values.get('GROUP-ID') ?? '',
        name: values.get('NAME') ?? '',
        instreamId: values.get('INSTREAM-ID') ?? null,
        url: uri === undefined ? null : resolve(uri, number),
      });
    } else if (line.startsWith('#EXT-X-CONTENT-STEERING:')) {
      const values = attributesOf(line.slice(24), number, defects);
      const uri = values.get('SERVER-URI');
      if (uri === undefined) defects.push({ line: number, text: 'EXT-X-CONTENT-STEERING without SERVER-URI' });
      else steering = { line: number, url: resolve(uri, number), pathway: values.get('PATHWAY-ID') ?? null };
    } else if (line !== '' && !line.startsWith('#')) {
      if (!pending) defects.push({ line: number, text: `a URI without EXT-X-STREAM-INF: ${line}` });
      else
        variants.push(variant(attributesOf(pending.text, pending.line, defects), number, resolve(line, number), false));
      pending = null;
    }
  }
  if (pending) defects.push({ line: pending.line, text: 'EXT-X-STREAM-INF without a URI after it' });
  return { kind: 'multivariant', url, variants, alternatives, steering, queryParams: queryParamsOf(lines), defects };
}

function attributesOf(text: string, line: number, defects: Defect[]): ReadonlyMap<string, string> {
  const list = readAttributes(text);
  if (!list) defects.push({ line, text: `not an attribute list: ${text}` });
  return list?.values ?? new Map();
}

function variant(values: ReadonlyMap<string, string>, line: number, url: string, iFramesOnly: boolean): Variant {
  const groups = new Map<string, string>();
  for (const type of ['AUDIO', 'VIDEO', 'SUBTITLES']) {
    const group = values.get(type);
    if (group !== undefined) groups.set(type, group);
  }
  return {
    ...{ line, url, iFramesOnly, groups },
    captions: values.get('CLOSED-CAPTIONS') ?? null,
    pathway: values.get('PATHWAY-ID') ?? '.',
    bandwidth: integer(values.get('BANDWIDTH')),
    averageBandwidth: integer(values.get('AVERAGE-BANDWIDTH')),
    codecs: (values.get('CODECS') ?? '')
      .split(',')
      .map((codec) => codec.trim())
      .filter((codec) => codec !== ''),
    resolution: values.get('RESOLUTION') ?? null,
  };
}
