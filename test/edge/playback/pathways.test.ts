import { expect, test } from 'vitest';
import { parsePathways, rankPathways, steeringManifest } from '../../../workers/playback/pathways.ts';

const setting = [
  { id: 'fra', url: 'https://fra.example.com', region: 'weur' },
  { id: 'ams', url: 'https://ams.example.com', region: 'weur', drained: false },
  { id: 'nyc', url: 'https://nyc.example.com', region: 'enam' },
];
const pathways = parsePathways(JSON.stringify(setting));
const order = (list = pathways, continent: string | undefined = 'EU', ailing: readonly string[] = []) =>
  rankPathways(list, continent, ({ id }) => ailing.includes(id)).map(({ id }) => id);

test('near ones first, in the order of the setting', () => {
  expect(order()).toEqual(['fra', 'ams', 'nyc']);
  expect(order(pathways, 'NA')).toEqual(['nyc', 'fra', 'ams']);
  expect(order(pathways, 'AS')).toEqual(['fra', 'ams', 'nyc']);
  expect(rankPathways(pathways, undefined, () => false)).toEqual(pathways);
});

test('an ailing one goes behind those that are well, a drained one behind all', () => {
  expect(order(pathways, 'EU', ['fra'])).toEqual(['ams', 'nyc', 'fra']);
  const drained = pathways.map((one) => ({ ...one, drained: one.id === 'ams' }));
  expect(order(drained, 'EU', ['fra'])).toEqual(['nyc', 'fra', 'ams']);
});

test('the steering manifest leaves out what is drained, unless nothing else is left', () => {
  const drained = pathways.map((one) => ({ ...one, drained: one.id === 'fra' }));
  expect(
    steeringManifest(
      rankPathways(drained, 'EU', () => false),
      '/steering/news',
      30,
    ),
  ).toEqual({
    VERSION: 1,
    TTL: 30,
    'RELOAD-URI': '/steering/news',
    'PATHWAY-PRIORITY': ['ams', 'nyc'],
  });
  const all = pathways.map((one) => ({ ...one, drained: true }));
  expect(steeringManifest(all, '/steering/news', 30)).toMatchObject({ 'PATHWAY-PRIORITY': ['fra', 'ams', 'nyc'] });
});

test('a setting that is missing, a list, or wrong', () => {
  expect(parsePathways(undefined)).toEqual([]);
  expect(parsePathways(setting)).toEqual(pathways);
  const [first] = setting;
  for (const wrong of [
    '{}',
    '[null]',
    '[',
    [first, first],
    [{ ...first, id: 'a b' }],
    [{ ...first, url: 'https://x/' }],
    [{ ...first, url: 'https://x"y' }],
    [{ ...first, region: 'mars' }],
  ]) {
    expect(() => parsePathways(wrong as string)).toThrow();
  }
});
