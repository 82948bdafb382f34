import { authorityOf, carryPathways, uriForm } from '../carry.ts';
import type { Edit } from '../edit.ts';
import type { Carry, Pathways } from '../options.ts';
import { insertAtTop } from './carry.ts';
import { attributesOf, escapeXml, removeElement } from './elements.ts';
import type { MpdTemplate } from './template.ts';

/**
 * Several BaseURLs, one for each pathway, and ContentSteering (ETSI TS 103 998). An MPD that has it already, or whose
 * BaseURLs name locations of their own, keeps them.
 */
export function pathwayEdits(template: MpdTemplate, pathways: Pathways, carry: Carry | undefined): Edit[] | null {
  const { text, root, elements } = template;
  if (!root || elements.some(({ name }) => name === 'ContentSteering')) return null;
  const bases = root.children.filter(({ name }) => name === 'BaseURL');
  const tails = bases.length === 0 ? [''] : bases.map(({ openTo, closeFrom }) => text.slice(openTo, closeFrom).trim());
  const isPlain = bases.every((base) => attributesOf(text, base).length === 0);
  if (!isPlain || tails.some((tail) => tail !== '' && uriForm(tail) !== 'relative')) return null;
  const { list, serverUri } = carryPathways(pathways, carry);
  const [first] = list;
  const lines = list.flatMap(({ id, base }) => {
    const prefix = escapeXml(base === '' ? './' : base);
    return tails.map((tail) => `<BaseURL serviceLocation="${id}">${prefix}${tail}</BaseURL>`);
  });
  const server = escapeXml(steeringServer(serverUri, first?.base ?? ''));
  lines.push(
    `<ContentSteering defaultServiceLocation="${first?.id}" queryBeforeStart="true">${server}</ContentSteering>`,
  );
  const next = root.children.find(({ name }) => name !== 'ProgramInformation' && name !== 'BaseURL');
  const indent = /\s*$/.exec(text.slice(root.openTo, next?.from ?? root.openTo))?.[0] ?? '';
  const [top, ...others] = bases;
  const written = lines.join(indent);
  if (!top) return [insertAtTop(text, root, written)];
  return [{ from: top.from, to: top.to, text: written }, ...others.map((base) => removeElement(text, base))];
}

/** dash.js takes a relative one for one of the page that it plays on: it is asked of the first pathway. */
function steeringServer(serverUri: string, base: string): string {
  return uriForm(serverUri) === 'root' ? authorityOf(base) + serverUri : serverUri;
}
