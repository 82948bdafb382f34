import type { Carrier } from '../manifest/carrier.ts';
import { type Element, readXml, XmlError } from './xml.ts';

/** Elements whose text is a URI. */
const texts = new Set(['BaseURL', 'Location', 'PatchLocation', 'ContentSteering']);
const attributes = ['media', 'initialization', 'index', 'bitstreamSwitching', 'sourceURL', 'href'];

/** Every URI of an MPD (ISO/IEC 23009-1, 5.3); templates keep their identifiers. */
export function mpdCarriers(text: string, base: string): Carrier[] {
  try {
    return carriersOf(readXml(text), base);
  } catch (error) {
    if (error instanceof XmlError) return []; // the MPD's own check says so
    throw error;
  }
}

function carriersOf(element: Element, base: string): Carrier[] {
  const carrier = (tag: string, uri: string, from: string): Carrier => {
    return { tag, line: element.line, uri, url: URL.parse(uri, from)?.href ?? null };
  };
  if (texts.has(element.name)) return [carrier(element.name, element.text.trim(), base)];
  const own = element.children.find(({ name }) => name === 'BaseURL')?.text.trim();
  const inner = own === undefined ? base : (URL.parse(own, base)?.href ?? base);
  const carried = attributes.flatMap((attribute) => {
    const uri = [...element.attributes].find(([name]) => name.replace(/^.*:/, '') === attribute)?.[1];
    return uri === undefined || !isUri(element, uri) ? [] : [carrier(`${element.name}@${attribute}`, uri, inner)];
  });
  return [
    ...carried,
    // Neither BaseURL itself nor what stands beside it depends on it.
    ...element.children.flatMap((child) => carriersOf(child, texts.has(child.name) ? base : inner)),
  ];
}

/** Attributes of the same name may be something else: `bitstreamSwitching="true"`. */
function isUri(element: Element, value: string): boolean {
  return /^(?:Segment|Initialization|RepresentationIndex|BitstreamSwitching)/.test(element.name) || /[./]/.test(value);
}
