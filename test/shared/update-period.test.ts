import { expect, it } from 'vitest';
import { updatePeriodS } from '#shared/dash/update-period.ts';

it.each([
  ['just begun: two looks, the second when the next segment is there', [{ leftS: 1.8, partS: 0.2 }], 1.05],
  ['nearly whole', [{ leftS: 0.2, partS: 0.2 }], 0.5],
  ['whole, the next one about to begin', [{ leftS: 0, partS: 0.2 }], 0.3],
  ['a long segment: a look about every second', [{ leftS: 3.8, partS: 0.2 }], 1.025],
  [
    'the rendition that is behind is waited for',
    [
      { leftS: 0, partS: 0.2 },
      { leftS: 0.4, partS: 0.21 },
    ],
    0.71,
  ],
  ['no run: a look every second', [], 1],
])('%s', (_, coming, periodS) => {
  expect(updatePeriodS(coming)).toBeCloseTo(periodS, 5);
});
