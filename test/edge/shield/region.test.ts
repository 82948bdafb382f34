import { expect, test } from 'vitest';
import { regionOf } from '../../../workers/shield/region.ts';

test('one region per continent, and one for places that nobody knows', () => {
  const regions = ['NA', 'EU', 'AS', 'OC', 'SA', 'AF', 'AN', 'T1', undefined].map(regionOf);
  expect(regions).toEqual(['enam', 'weur', 'apac', 'oc', 'sam', 'afr', 'oc', 'weur', 'weur']);
});
