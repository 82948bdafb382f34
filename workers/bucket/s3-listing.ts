import type { BucketPage } from './bucket.ts';

/**
 * Reads an answer to ListObjectsV2. The next page begins after the last key of this one (`start-after`): unlike
 * continuation tokens, which servers garble, every server that speaks version 2 understands that. Null: this is no listing.
 */
export function parseListing(xml: string): BucketPage | null {
  if (!/<ListBucketResult[\s>/]/.test(xml)) return null;
  const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, content = '']) => ({
    key: unescapeXml(textOf(content, 'Key')),
    sizeBytes: Number(textOf(content, 'Size')),
  }));
  const isTruncated = textOf(xml, 'IsTruncated') === 'true';
  return { objects, next: isTruncated ? (objects.at(-1)?.key ?? null) : null };
}

/** The text of an element that occurs once; empty when it is not there. */
export function textOf(xml: string, element: string): string {
  return new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1] ?? '';
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{1,4}));/gi, (whole, hex, decimal, name) => {
    if (name) return entities[name] ?? whole;
    const point = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
