import { expect, test } from 'vitest';
import { siteAround } from '../../web/src/page/site-around.ts';

const around = { parent: {}, document: { referrer: '' }, location: {} };

test.each([
  [
    'the parent, as the browser tells it',
    { ...around, location: { ancestorOrigins: ['https://a.example:8443', 'https://b.example'] } },
    'a.example:8443',
  ],
  [
    'the referrer, where the browser tells nothing else',
    { ...around, document: { referrer: 'https://a.example/page' } },
    'a.example',
  ],
  ['nothing where both hide', around, null],
  ['nothing of a page without an origin', { ...around, location: { ancestorOrigins: ['null'] } }, null],
])('a frame tells %s', (_, frame, site) => {
  expect(siteAround(frame)).toBe(site);
});

test('a page that is in no frame is on no site but its own', () => {
  const page = { document: { referrer: 'https://a.example/' }, location: {}, parent: null as unknown };
  page.parent = page;
  expect(siteAround(page)).toBeNull();
});
