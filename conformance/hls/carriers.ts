import type { Carrier } from '../manifest/carrier.ts';
import { readAttributes } from './attributes.ts';

const names = ['URI', 'SERVER-URI', 'X-ASSET-URI', 'X-ASSET-LIST'];

/** What lines without a tag are called. */
export const uriLine = 'URI line';

/** Every URI of a playlist: lines, and attributes of any tag (rfc8216bis 4.4). */
export function hlsCarriers(text: string, base: string): Carrier[] {
  return text.split(/\r?\n/).flatMap((written, index): Carrier[] => {
    const line = written.trimEnd();
    const carrier = (tag: string, uri: string): Carrier => {
      return { tag, line: index + 1, uri, url: URL.parse(uri, base)?.href ?? null };
    };
    if (line === '') return [];
    if (!line.startsWith('#')) return [carrier(uriLine, line)];
    const [, tag, list] = /^#(EXT-X-[A-Z-]+):(.*(?:URI|X-ASSET-LIST)=.*)$/.exec(line) ?? [];
    const values = list === undefined ? undefined : readAttributes(list)?.values;
    if (tag === undefined || !values) return [];
    return names.flatMap((name) => {
      const uri = values.get(name);
      return uri === undefined ? [] : [carrier(tag, uri)];
    });
  });
}
