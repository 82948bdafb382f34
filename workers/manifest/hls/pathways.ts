import { carryPathways } from '../carry.ts';
import { applyEdits, type Edit } from '../edit.ts';
import type { Carry, Pathway, Pathways } from '../options.ts';
import { carryEdits, type HlsTemplate } from './template.ts';
import { type Entry, groupAttributes, readVariants } from './variants.ts';

/**
 * A multivariant playlist that offers every variant on every pathway (rfc8216bis 4.4.6.6, 7): a copy of each variant and
 * each rendition group per pathway. One that has content steering already keeps its own.
 * @param edits what else is changed in it
 */
export function steeredText(
  template: HlsTemplate,
  edits: readonly Edit[],
  pathways: Pathways,
  carry: Carry | undefined,
): string {
  const { list, serverUri } = carryPathways(pathways, carry);
  const carried = [...edits, ...carryEdits(template, carry)];
  if (template.lines.some(({ name }) => name === 'CONTENT-STEERING')) return applyEdits(template.text, carried);
  const { variants, media, trickPlay } = readVariants(template);
  const isGone = ({ from, to }: Entry) => edits.some((edit) => edit.from === from && edit.to === to);
  const copied = [...media, ...variants, ...trickPlay].filter((entry) => !isGone(entry));
  const texts = list.map((pathway, index) => {
    const own = [...edits, ...pathwayEdits(template, copied, pathway, index > 0, carry)];
    return (entry: Entry) => lineText(applyEdits(template.text, own, entry.from, entry.to), template.newline);
  });
  const copies = copied.map((entry) => ({
    from: entry.from,
    to: entry.to,
    text: texts.map((write) => write(entry)).join(''),
  }));
  const first = list[0] as Pathway;
  const steering = `#EXT-X-CONTENT-STEERING:SERVER-URI="${serverUri}",PATHWAY-ID="${first.id}"`;
  const at = Math.min(...copied.map(({ from }) => from));
  return applyEdits(template.text, [{ from: at, to: at, text: steering + template.newline }, ...copies, ...carried]);
}

/** What makes an entry that of one pathway: its base, its id, and groups of its own. */
function pathwayEdits(
  template: HlsTemplate,
  entries: readonly Entry[],
  pathway: Pathway,
  hasOwnGroups: boolean,
  carry: Carry | undefined,
): Edit[] {
  const edits: Edit[] = [];
  for (const { line, attributes } of entries) {
    const names = line.name === 'MEDIA' ? ['GROUP-ID'] : groupAttributes;
    for (const { name, isQuoted, to } of hasOwnGroups ? attributes : []) {
      if (isQuoted && names.includes(name)) edits.push({ from: to, to, text: `.${pathway.id}` });
    }
    if (line.name !== 'MEDIA') edits.push({ from: line.to, to: line.to, text: `,PATHWAY-ID="${pathway.id}"` });
  }
  return [...edits, ...carryEdits(template, { ...carry, prefix: pathway.base })];
}

/** Copies follow each other on lines of their own, also where the last line of the playlist has no end. */
function lineText(text: string, newline: string): string {
  return text.endsWith('\n') ? text : text + newline;
}
