import type { Edit } from '../edit.ts';
import type { RenditionFilter } from '../options.ts';
import { chooseRenditions, fits } from '../rendition-filter.ts';
import type { HlsTemplate } from './template.ts';
import { candidateOf, type Entry, groupOf, groupsUsed, readVariants } from './variants.ts';

/** Takes variants out that are not wanted, and the rendition groups that nobody uses any longer. */
export function filterEdits(template: HlsTemplate, filter: RenditionFilter): Edit[] {
  const { variants, media, trickPlay } = readVariants(template);
  const candidates = new Map(variants.map((variant) => [variant, candidateOf(variant)]));
  const chosen = chooseRenditions([...candidates.values()], filter);
  const isKept = (variant: Entry) => chosen.has(candidates.get(variant) as ReturnType<typeof candidateOf>);
  const lost = variants.filter((variant) => !isKept(variant));
  const stillUsed = new Set(variants.filter(isKept).flatMap(groupsUsed));
  const abandoned = new Set(lost.flatMap(groupsUsed).filter((group) => !stillUsed.has(group)));
  return [
    ...lost,
    ...media.filter((entry) => abandoned.has(groupOf(entry))),
    ...trickPlay.filter((entry) => !fits(candidateOf(entry), filter)),
  ].map(({ from, to }) => ({ from, to, text: '' }));
}
