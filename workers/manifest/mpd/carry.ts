import { carryUri, type UriRole, uriForm } from '../carry.ts';
import type { Edit } from '../edit.ts';
import type { Carry } from '../options.ts';
import { attributeOf, attributesOf, type Element, escapeXml, unescapeXml } from './elements.ts';
import type { MpdTemplate } from './template.ts';

/** Elements whose text is a URI, and what it leads to. */
const textCarriers: Readonly<Record<string, UriRole>> = Object.freeze({
  BaseURL: 'media',
  Location: 'playlist',
  PatchLocation: 'playlist',
  ContentSteering: 'other',
});

/** Attributes that are URIs, by element; all of them are resolved against a BaseURL (ISO/IEC 23009-1 5.6). */
const attributeCarriers: Readonly<Record<string, readonly string[]>> = Object.freeze({
  SegmentTemplate: ['media', 'initialization', 'index', 'bitstreamSwitching'],
  SegmentURL: ['media', 'index'],
  Initialization: ['sourceURL'],
  RepresentationIndex: ['sourceURL'],
  BitstreamSwitching: ['sourceURL'],
});

/** Makes the URIs of an MPD lead elsewhere: relative ones by a BaseURL at the top, the others each by itself. */
export function carryEdits(template: MpdTemplate, carry: Carry): Edit[] {
  const { text, elements } = template;
  const edits = elements.flatMap((element) => elementEdits(text, element, carry));
  return [...edits, ...baseEdits(template, carry.prefix ?? '')];
}

function elementEdits(text: string, element: Element, carry: Carry): Edit[] {
  const { name } = element;
  const role = textCarriers[name];
  if (role)
    return name === 'BaseURL' && isInner(element)
      ? textEdit(text, element, role, fixed(carry))
      : textEdit(text, element, role, carry);
  const names = attributeCarriers[name];
  if (names) return attributeEdits(text, element, names, fixed(carry));
  if (name === 'UTCTiming' && isHttpClock(text, element)) {
    return attributeEdits(text, element, ['value'], carry.prefix === undefined ? {} : { prefix: carry.prefix });
  }
  return name === 'S' ? [] : attributeEdits(text, element, ['xlink:href'], carry);
}

/** Relative URIs of what lies inside follow the BaseURL at the top. */
function fixed({ root, hosts }: Carry): Carry {
  return { ...(root === undefined ? {} : { root }), ...(hosts === undefined ? {} : { hosts }) };
}

function isInner({ parent }: Element): boolean {
  return parent?.name !== 'MPD';
}

function isHttpClock(text: string, element: Element): boolean {
  return (attributeOf(text, element, 'schemeIdUri') ?? '').includes(':utc:http-');
}

function textEdit(text: string, { openTo, closeFrom }: Element, role: UriRole, carry: Carry): Edit[] {
  const inner = text.slice(openTo, closeFrom);
  const uri = inner.trim();
  const from = openTo + inner.indexOf(uri);
  return uriEdit(uri, from, role, carry);
}

function attributeEdits(text: string, element: Element, names: readonly string[], carry: Carry): Edit[] {
  return attributesOf(text, element)
    .filter(({ name }) => names.includes(name))
    .flatMap(({ value, from }) => uriEdit(value, from, 'media', carry));
}

function uriEdit(written: string, from: number, role: UriRole, carry: Carry): Edit[] {
  const uri = unescapeXml(written);
  const carried = carryUri(uri, uriForm(uri), role, carry);
  return carried === uri ? [] : [{ from, to: from + written.length, text: escapeXml(carried) }];
}

/** A BaseURL where there is none at the top; those that are there were made longer. */
function baseEdits({ text, root }: MpdTemplate, prefix: string): Edit[] {
  if (prefix === '' || !root || root.children.some(({ name }) => name === 'BaseURL')) return [];
  return [insertAtTop(text, root, `<BaseURL>${escapeXml(prefix)}</BaseURL>`)];
}

/** Puts an element where BaseURL stands: behind ProgramInformation (ISO/IEC 23009-1 5.3.1.2). */
export function insertAtTop(text: string, root: Element, element: string): Edit {
  const next = root.children.find(({ name }) => name !== 'ProgramInformation');
  const at = next?.from ?? root.closeFrom;
  const indent = /\s*$/.exec(text.slice(root.openTo, at))?.[0] ?? '';
  return { from: at, to: at, text: next ? element + indent : element };
}
