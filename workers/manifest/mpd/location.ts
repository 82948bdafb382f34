import { applyEdits, type Edit } from '../edit.ts';
import type { Carry } from '../options.ts';
import { carryEdits } from './carry.ts';
import { escapeXml } from './elements.ts';
import type { MpdTemplate } from './template.ts';

/**
 * An MPD with its URIs carried, and a Location that leads players to `self` when they ask again (ISO/IEC 23009-1 5.4).
 * @param self null: no Location is written
 */
export function writeCarriedMpd(template: MpdTemplate, carry: Carry, self: string | null): string {
  const location = self === null ? [] : locationEdits(template, self);
  return applyEdits(template.text, [...carryEdits(template, carry), ...location]);
}

/** Behind BaseURL (5.3.1.2). One that is there leads where its author wants it, and was carried. */
function locationEdits({ text, root }: MpdTemplate, self: string): readonly Edit[] {
  if (!root || root.children.some(({ name }) => name === 'Location')) return [];
  const next = root.children.find(({ name }) => name !== 'ProgramInformation' && name !== 'BaseURL');
  const at = next?.from ?? root.closeFrom;
  const indent = /\s*$/.exec(text.slice(root.openTo, at))?.[0] ?? '';
  const element = `<Location>${escapeXml(self)}</Location>`;
  return [{ from: at, to: at, text: next ? element + indent : element }];
}
