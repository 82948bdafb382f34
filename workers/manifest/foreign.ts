import { applyEdits, type Edit } from './edit.ts';
import { type ForeignPlace, foreignFile, foreignUri } from './foreign-uri.ts';
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

/** What URIs of an element are relative to; null: the BaseURL above leads past us, and all below it goes along. */
type PlaceOf = (element: Element | null) => ForeignPlace | null;

/** The same for an MPD; templates keep their identifiers. Null when the text is none. */
export function foreignMpd(text: string, place: ForeignPlace): string | null {
  const { elements, root } = splitMpd(text);
  if (!root) return null;
  const placeOf = placesBelow(text, place);
  return applyEdits(
    text,
    elements.flatMap((element) => elementEdits(text, element, place, placeOf)),
  );
}

/** Finds the place inside of an element: each BaseURL is relative to the one above it (ISO/IEC 23009-1 5.6.4). */
function placesBelow(text: string, top: ForeignPlace): PlaceOf {
  const known = new Map<Element, ForeignPlace | null>();
  const placeOf: PlaceOf = (element) => {
    if (!element) return top;
    const found = known.get(element);
    if (found !== undefined) return found;
    const above = placeOf(element.parent);
    // Others beside the first are other places of the same.
    const baseUrl = element.children.find(({ name }) => name === 'BaseURL');
    const place = above && baseUrl ? placeAt(unescapeXml(textOf(text, baseUrl).uri), above) : above;
    known.set(element, place);
    return place;
  };
  return placeOf;
}

function placeAt(uri: string, above: ForeignPlace): ForeignPlace | null {
  const base = URL.parse(uri, above.base);
  const file = base && foreignFile(base, above);
  return base && file !== null ? { ...above, base, file } : null;
}

function textOf(text: string, { openTo, closeFrom }: Element) {
  const inner = text.slice(openTo, closeFrom);
  const uri = inner.trim();
  return { uri, from: openTo + inner.indexOf(uri) };
}

function elementEdits(text: string, element: Element, top: ForeignPlace, placeOf: PlaceOf): Edit[] {
  if (textCarriers.has(element.name)) {
    const { uri: written, from } = textOf(text, element);
    const uri = unescapeXml(written);
    // Where the MPD is to be asked for is relative to the MPD.
    const place = element.name === 'BaseURL' ? placeOf(element.parent?.parent ?? null) : top;
    return place ? edit(from, from + written.length, uri, foreignUri(uri, place), escapeXml) : [];
  }
  const place = placeOf(element.parent);
  return attributesOf(text, element).flatMap(({ name, value, from, to }) => {
    if (element.name === 'UTCTiming' && name === 'value' && /^[./]/.test(value)) {
      return edit(from, to, value, new URL(value, top.base).href, escapeXml); // a clock is never ours to cache
    }
    if (!place || !attributeCarriers.test(name)) return [];
    const uri = unescapeXml(value);
    return edit(from, to, uri, templateUri(uri, place), escapeXml);
  });
}

/** `$Number%05d$` must come through as it is: it is hidden while the rest is read as a URL. */
function templateUri(template: string, place: ForeignPlace): string {
  const identifiers: string[] = [];
  const hidden = template.replace(/\$[^$/]*\$/g, (identifier) => `_${identifiers.push(identifier) - 1}headwater_`);
  return foreignUri(hidden, place).replace(/_(\d+)headwater_/g, (_, index) => identifiers[Number(index)] ?? '');
}

function edit(from: number, to: number, before: string, after: string, write = (text: string) => text): Edit[] {
  return before === after ? [] : [{ from, to, text: write(after) }];
}
