import type { Edit } from '../edit.ts';
import type { RenditionFilter } from '../options.ts';
import { type Candidate, chooseRenditions, fits } from '../rendition-filter.ts';
import { attributeOf, type Element, removeElement } from './elements.ts';
import type { MpdTemplate } from './template.ts';

/** Takes representations out that are not wanted, and adaptation sets that are left empty; each period by itself. */
export function filterEdits(template: MpdTemplate, filter: RenditionFilter): Edit[] {
  const periods = template.root?.children.filter(({ name }) => name === 'Period') ?? [];
  return periods.flatMap((period) => periodEdits(template.text, period, filter));
}

interface Member {
  readonly set: Element;
  readonly representation: Element;
  readonly kind: string;
  readonly isTrickPlay: boolean;
  readonly candidate: Candidate;
}

function periodEdits(text: string, period: Element, filter: RenditionFilter): Edit[] {
  const sets = period.children.filter(({ name }) => name === 'AdaptationSet');
  const members = sets.flatMap((set) => membersOf(text, set));
  const chosen = new Set<Candidate>();
  for (const kind of ['video', 'audio']) {
    const main = members.filter((member) => member.kind === kind && !member.isTrickPlay);
    for (const one of chooseRenditions(
      main.map(({ candidate }) => candidate),
      filter,
    ))
      chosen.add(one);
  }
  const isKept = ({ kind, isTrickPlay, candidate }: Member) => {
    if (isTrickPlay) return fits(candidate, filter);
    return (kind !== 'video' && kind !== 'audio') || chosen.has(candidate);
  };
  return sets.flatMap((set) => {
    const own = members.filter((member) => member.set === set);
    const lost = own.filter((member) => !isKept(member));
    if (lost.length > 0 && lost.length === own.length) return [removeElement(text, set)];
    return lost.map(({ representation }) => removeElement(text, representation));
  });
}

function membersOf(text: string, set: Element): Member[] {
  const isTrickPlay = set.children.some(
    (child) => attributeOf(text, child, 'schemeIdUri') === 'http://dashif.org/guidelines/trickmode',
  );
  return set.children
    .filter(({ name }) => name === 'Representation')
    .map((representation) => {
      const read = (name: string) => attributeOf(text, representation, name) ?? attributeOf(text, set, name);
      const kind = read('contentType') ?? (read('mimeType') ?? '').split('/', 1)[0] ?? '';
      const candidate: Candidate = {
        height: numberOf(read('height')),
        bitrate: numberOf(read('bandwidth')),
        codecs: (read('codecs') ?? '')
          .split(',')
          .map((codec) => codec.trim())
          .filter(Boolean),
        isVideo: kind === 'video',
      };
      return { set, representation, kind, isTrickPlay, candidate };
    });
}

function numberOf(text: string | undefined): number | null {
  return text === undefined || !/^\d+$/.test(text) ? null : Number(text);
}
