import { expect, test } from 'vitest';
import { decideAccess } from '../../../workers/access/gate.ts';

test('everybody is let in to what is public or unlisted, and to what names no channel', () => {
  for (const visibility of ['public', 'unlisted', null] as const) {
    expect(decideAccess(visibility, null)).toEqual({ isOpen: true });
  }
});

test('a signed channel is for nobody while no token is issued, and no token is known', () => {
  expect(decideAccess('signed', null)).toMatchObject({ isOpen: false, code: 'forbidden' });
  for (const visibility of ['public', 'signed', null] as const) {
    expect(decideAccess(visibility, 'anything')).toMatchObject({ isOpen: false, code: 'unauthorized' });
  }
});
