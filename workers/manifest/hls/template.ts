import { carryUri, type UriForm, type UriRole, uriForm } from '../carry.ts';
import { applySorted, type Edit, type Span } from '../edit.ts';
import type { Carry } from '../options.ts';
import { attributeValue, readAttributes } from './attributes.ts';
import { type Line, splitLines } from './lines.ts';

/** A URI of a playlist, where it stands and what it leads to. */
export interface UriHole extends Span {
  readonly uri: string;
  readonly role: UriRole;
  readonly form: UriForm;
}

/** A playlist split once, for any number of rewritings. */
export interface HlsTemplate {
  readonly text: string;
  readonly lines: readonly Line[];
  /** In ascending order. */
  readonly holes: readonly UriHole[];
  /** The text between the holes: one more than there are holes. */
  readonly literals: readonly string[];
  /** `\n` or `\r\n`. */
  readonly newline: string;
  readonly isMultivariant: boolean;
}

const multivariantTags = new Set(['STREAM-INF', 'MEDIA', 'I-FRAME-STREAM-INF', 'IMAGE-STREAM-INF', 'CONTENT-STEERING']);

/** Attributes that carry a URI, by tag (rfc8216bis 4.4), and what it leads to. */
const carriers: Readonly<Record<string, Readonly<Record<string, UriRole>>>> = Object.freeze({
  KEY: { URI: 'media' },
  'SESSION-KEY': { URI: 'other' },
  MAP: { URI: 'media' },
  MEDIA: { URI: 'playlist' },
  'I-FRAME-STREAM-INF': { URI: 'playlist' },
  'IMAGE-STREAM-INF': { URI: 'playlist' },
  PART: { URI: 'media' },
  'PRELOAD-HINT': { URI: 'media' },
  'RENDITION-REPORT': { URI: 'report' },
  'SESSION-DATA': { URI: 'other' },
  'CONTENT-STEERING': { 'SERVER-URI': 'other' },
  DATERANGE: { 'X-ASSET-URI': 'other', 'X-ASSET-LIST': 'other' },
});

/** Splits a playlist into literal text and URIs. */
export function splitHls(text: string): HlsTemplate {
  const lines = splitLines(text);
  const holes = findHoles(text, lines);
  const literals: string[] = [];
  let at = 0;
  for (const hole of holes) {
    literals.push(text.slice(at, hole.from));
    at = hole.to;
  }
  literals.push(text.slice(at));
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const isMultivariant = lines.some(({ name }) => multivariantTags.has(name));
  return { text, lines, holes, literals, newline, isMultivariant };
}

function findHoles(text: string, lines: readonly Line[]): UriHole[] {
  const holes: UriHole[] = [];
  const variables = new Map<string, string>();
  let uriRole: UriRole = 'media';
  const add = (from: number, to: number, role: UriRole) => {
    const uri = text.slice(from, to);
    holes.push({ from, to, uri, role, form: formOf(uri, variables) });
  };
  for (const line of lines) {
    if (line.name === 'URI') {
      add(line.from, line.to, uriRole);
      uriRole = 'media';
    } else if (line.name === 'STREAM-INF') uriRole = 'playlist';
    else if (line.name === 'DEFINE') define(text, line, variables);
    else if (Object.hasOwn(carriers, line.name)) {
      for (const { name, isQuoted, from, to } of readAttributes(text, line.valueFrom)) {
        const role = carriers[line.name]?.[name];
        if (role && isQuoted) add(from, to, role);
      }
    }
  }
  return holes;
}

/** A URI that begins with a variable has the form of its value, where the playlist itself tells it (rfc8216bis 4.3). */
function formOf(uri: string, variables: ReadonlyMap<string, string>): UriForm {
  const name = uri.startsWith('{$') ? uri.slice(2, Math.max(2, uri.indexOf('}'))) : '';
  return uriForm(name === '' ? uri : (variables.get(name) ?? uri));
}

function define(text: string, line: Line, variables: Map<string, string>): void {
  const attributes = readAttributes(text, line.valueFrom);
  const name = attributeValue(attributes, 'NAME');
  const value = attributeValue(attributes, 'VALUE');
  if (name !== undefined && value !== undefined) variables.set(name, value);
}

/** The whole playlist with its URIs carried and nothing else changed. */
export function writeCarried({ text, holes, literals }: HlsTemplate, carry: Carry | undefined): string {
  if (!carry) return text;
  let out = '';
  for (let i = 0; i < holes.length; i++) {
    const { uri, form, role } = holes[i] as UriHole;
    out += literals[i] + carryUri(uri, form, role, carry);
  }
  return out + literals[holes.length];
}

/** The same as edits, in ascending order. */
export function carryEdits({ holes }: HlsTemplate, carry: Carry | undefined): Edit[] {
  if (!carry) return [];
  return holes.map(({ from, to, uri, form, role }) => ({ from, to, text: carryUri(uri, form, role, carry) }));
}

/** A stretch of the playlist with its URIs carried. */
export function writeSpan(template: HlsTemplate, { from, to }: Span, carry: Carry | undefined): string {
  if (!carry) return template.text.slice(from, to);
  const inside = template.holes.filter((hole) => hole.from >= from && hole.to <= to);
  return applySorted(template.text, carryEdits({ ...template, holes: inside }, carry), from, to);
}
