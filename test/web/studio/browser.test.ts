import { expect, it } from 'vitest';
import { bitrateFor, chooseFormat } from '../../../web/src/studio/browser/format.ts';
import { captureTrouble, castSentence, unsupportedWhy } from '../../../web/src/studio/browser/words.ts';

it.each([
  ['Chrome', ['video/webm;codecs=h264,opus', 'video/webm;codecs=vp8,opus'], { container: 'webm', picture: 'h264' }],
  ['Safari', ['video/mp4;codecs=avc1.42E01F,mp4a.40.2'], { container: 'mp4', picture: 'h264' }],
  ['Firefox', ['video/webm;codecs=vp8,opus'], { container: 'webm', picture: 'other' }],
])('%s records what costs the server least', (_, supported, expected) => {
  expect(chooseFormat((type) => supported.includes(type))).toMatchObject(expected);
});

it('says so where nothing can be recorded', () => {
  expect(chooseFormat(() => false)).toBeNull();
  expect(unsupportedWhy({ secure: false, capture: true, format: true })).toContain('https');
  expect(unsupportedWhy({ secure: true, capture: true, format: false })).toContain('cannot record');
  expect(unsupportedWhy({ secure: true, capture: true, format: true })).toBeNull();
});

it('asks for more bits where there are more pixels', () => {
  expect([360, 480, 720, 1_080].map(bitrateFor)).toEqual([900_000, 1_500_000, 2_500_000, 4_500_000]);
});

it.each([
  ['NotAllowedError', 'did not allow'],
  ['NotFoundError', 'no camera'],
  ['NotReadableError', 'Another program'],
  ['AbortError', 'Load the page again'],
])('%s has words', (name, words) => {
  expect(captureTrouble(Object.assign(new Error(), { name }))).toContain(words);
});

it('tells a slow connection, and why it is over', () => {
  expect(castSentence({ name: 'live', isSlow: true })).toContain('less detail');
  expect(castSentence({ name: 'over', sentence: 'Taken over.' })).toBe('Taken over.');
});
