import { applyEdits, type Edit } from './edit.ts';
import { type ForeignPlace, foreignUri } from './foreign-uri.ts';
import { splitHls } from './hls/template.ts';
import { attributesOf, type Element, escapeXml, unescapeXml } from './mpd/elements.ts';
import { splitMpd } from './mpd/template.ts';

/** A playlist of a foreign source with all its URIs leading to us; everything else stays byte for byte. */
export function foreignHls(text: string, place: ForeignPlace): string {
  const edits = splitHls(text).holes.flatMap(({ from, to, uri }) => edit(from, to, uri, foreignUri(uri, place)));
  return applyEdits(text, edits);
}

/** Elements whose text is a URI. */
const textCarriers = new Set(['BaseURL', 'Location', 'PatchLocation']);

/** Attributes that are URIs; templates among them are no URLs yet. */
const attributeCarriers = /^(?:media|initialization|index|bitstreamSwitching|sourceURL|xlink:href)$/;

/** The same for an MPD; templates keep their identifiers. Null when the text is none. */
export function foreignMpd(text: string, place: ForeignPlace): string | null {
  const { elements, root } = splitMpd(text);
  if (!root) return null;
  return applyEdits(
    text,
    elements.flatMap((element) => elementEdits(text, element, place)),
  );
}

function elementEdits(text: string, element: Element, place: ForeignPlace): Edit[] {
  if (textCarriers.has(element.name)) {
    const inner = text.slice(element.openTo, element.closeFrom);
    const written = inner.trim();
    const from = element.openTo + inner.indexOf(written);
    const uri = unescapeXml(written);
    const isInner = element.name === 'BaseURL' && element.parent?.name !== 'MPD';
    const mapped = isInner && isRelative(uri) ? uri : foreignUri(uri, place);
    return edit(from, from + written.length, uri, mapped, escapeXml);
  }
  return attributesOf(text, element).flatMap(({ name, value, from, to }) => {
    if (element.name === 'UTCTiming' && name === 'value' && /^[./]/.test(value)) {
      return edit(from, to, value, new URL(value, place.base).href, escapeXml); // a clock is never ours to cache
    }
    if (!attributeCarriers.test(name)) return [];
    const uri = unescapeXml(value);
    return edit(from, to, uri, isRelative(uri) ? uri.replaceAll('?', '%3F') : templateUri(uri, place), escapeXml);
  });
}

/** `$Number%05d$` must come through as it is: it is hidden while the rest is read as a URL. */
function templateUri(template: string, place: ForeignPlace): string {
  const identifiers: string[] = [];
  const hidden = template.replace(/\$[^$/]*\$/g, (identifier) => `_${identifiers.push(identifier) - 1}headwater_`);
  return foreignUri(hidden, place).replace(/_(\d+)headwater_/g, (_, index) => identifiers[Number(index)] ?? '');
}

function isRelative(uri: string): boolean {
  return !/^(?:\/|[A-Za-z][A-Za-z0-9+.-]*:)/.test(uri);
}

function edit(from: number, to: number, before: string, after: string, write = (text: string) => text): Edit[] {
  return before === after ? [] : [{ from, to, text: write(after) }];
}
