import type { Edit } from '../edit.ts';
import { type Attribute, readAttributes } from './attributes.ts';
import type { Line } from './lines.ts';
import { danglingTags, mediaStructure } from './segments.ts';
import type { HlsTemplate } from './template.ts';

/** Tags that only low-latency players understand (rfc8216bis 4.4.3.7, 4.4.4.9, 4.4.5). */
const lowLatencyTags = new Set(['PART', 'PART-INF', 'PRELOAD-HINT', 'RENDITION-REPORT']);

/** Attributes of EXT-X-SERVER-CONTROL that offer delta updates. */
export const skipAttributes: readonly string[] = ['CAN-SKIP-UNTIL', 'CAN-SKIP-DATERANGES'];

export function isLowLatencyTag({ name }: Line): boolean {
  return lowLatencyTags.has(name);
}

/** Takes a line out, with its line end. */
export function removeLine({ from, next }: Line): Edit {
  return { from, to: next, text: '' };
}

/** Takes low-latency tags out; CAN-BLOCK-RELOAD stays, it serves plain players as well. */
export function lowLatencyEdits(template: HlsTemplate): Edit[] {
  const edits = template.lines.filter(isLowLatencyTag).map(removeLine);
  for (const line of mediaStructure(template).tail) if (danglingTags.has(line.name)) edits.push(removeLine(line));
  return [...edits, ...serverControlEdits(template, [...skipAttributes, 'PART-HOLD-BACK'])];
}

/** Takes attributes out of EXT-X-SERVER-CONTROL, and the tag itself when none is left. */
export function serverControlEdits({ text, lines }: HlsTemplate, names: readonly string[]): Edit[] {
  return lines
    .filter(({ name }) => name === 'SERVER-CONTROL')
    .flatMap((line) => {
      const attributes = readAttributes(text, line.valueFrom);
      const kept = attributes.filter(({ name }) => !names.includes(name));
      if (kept.length === attributes.length) return [];
      if (kept.length === 0) return [removeLine(line)];
      const written = kept.map((attribute) => writeAttribute(text, attribute)).join(',');
      return [{ from: line.valueFrom, to: line.to, text: written }];
    });
}

function writeAttribute(text: string, { nameFrom, to, isQuoted }: Attribute): string {
  return text.slice(nameFrom, isQuoted ? to + 1 : to);
}
