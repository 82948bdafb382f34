import { expect, it } from 'vitest';
import { MediaStore } from '../../origin/packager/media-store.ts';

function filled(count: number): MediaStore {
  const media = new MediaStore();
  for (let msn = 0; msn < count; msn++) for (let part = 0; part < 2; part++) media.add(msn, Buffer.alloc(5));
  return media;
}

it('forgets what is stored sooner than what is not, and counts its bytes', () => {
  const media = filled(10);
  for (const msn of [0, 1, 4, 5]) media.markStored(msn);
  media.drop({ storedBefore: 6, anyBefore: 3 });
  const left = Array.from({ length: 10 }, (_, msn) => msn).filter((msn) => media.parts(msn));
  expect([left, media.sizeBytes]).toEqual([[3, 6, 7, 8, 9], 50]);
});

it('knows the newest segment that is in memory only, also when it has left memory since', () => {
  const media = filled(10);
  for (const msn of [0, 1, 2, 5]) media.markStored(msn);
  expect([3, 4, 5, 6, 8].map((msn) => media.unstoredBefore(msn))).toEqual([-1, 3, 4, 4, 7]);
  media.drop({ storedBefore: 9, anyBefore: 9 });
  expect(media.unstoredBefore(0)).toBe(8);
});
