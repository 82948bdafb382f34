import { beforeAll, expect, it } from 'vitest';
import type { TimedTag } from '../../origin/broadcast/publisher-feed.ts';
import { SourceHealth } from '../../origin/broadcast/source-health.ts';
import { makeFlvFile, picture, readFlvFile, tone } from '../support/flv-file.ts';
import { sourceOf } from '../transcoder/sources.ts';

const lengthS = 30;
let source: TimedTag[];
/** The same with pictures of more bytes. */
let heavy: TimedTag[];

beforeAll(async () => {
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac'];
  const file = await makeFlvFile(...picture('160x90', '25', lengthS), ...tone(lengthS), ...x264);
  source = readFlvFile(file).flatMap(({ type, ...tag }) => (type === 'script' ? [] : [{ type, ...tag }]));
  heavy = source.map((tag) =>
    tag.type === 'video' ? { ...tag, body: Buffer.concat([tag.body, Buffer.alloc(20_000)]) } : tag,
  );
});

/** What is open at last, and whatever was opened or closed, of a source that comes so. */
function play(tags: readonly TimedTag[], video = sourceOf({ width: 160, height: 90, frameRate: 25 }).video) {
  const told: string[] = [];
  const health = new SourceHealth((code, holds) => told.push(`${holds ? '+' : '-'}${code}`));
  health.describe(video);
  for (const tag of tags) health.tag(tag);
  return { health, told };
}

const arriving = (at: (ms: number) => number) =>
  source.map((tag) => ({ ...tag, arrivalMs: 1_000_000 + at(tag.timestampMs) }));

it('finds nothing wrong with a source that comes as it should', () => {
  expect(play(source).told).toEqual([]);
});

it.each([
  ['ingest.faster_than_realtime', () => arriving((ms) => ms / 4)],
  ['ingest.jitter', () => arriving((ms) => Math.ceil((ms + 1) / 1_500) * 1_500)],
  [
    'av.drift',
    () =>
      source.map((tag) => (tag.type === 'video' ? tag : { ...tag, timestampMs: Math.round(tag.timestampMs * 0.98) })),
  ],
])('%s is told once, and is over with the publisher', (code, tags) => {
  const { health, told } = play(tags());
  expect(told).toEqual([`+${code}`]);
  health.reset();
  expect(told).toEqual([`+${code}`, `-${code}`]);
});

it('holds sound against the samples of its own codec alone', async () => {
  const mp3 = await makeFlvFile(...tone(lengthS), '-c:a', 'libmp3lame', '-ar', '44100');
  const other = readFlvFile(mp3).flatMap(({ type, ...tag }) => (type === 'audio' ? [{ type, ...tag }] : []));
  const until = (tags: readonly TimedTag[], ms: number) => tags.filter(({ arrivalMs }) => arrivalMs < 1_000_000 + ms);
  const from = (tags: readonly TimedTag[], ms: number) => tags.filter(({ arrivalMs }) => arrivalMs >= 1_000_000 + ms);
  const pictures = source.filter(({ type }) => type === 'video');
  const sound = source.filter(({ type }) => type === 'audio');
  const changing = [
    ...pictures,
    ...until(sound, 10_000),
    ...from(until(other, 20_000), 10_000),
    ...from(sound, 20_000),
  ];
  expect(play(changing.toSorted((a, b) => a.arrivalMs - b.arrivalMs)).told).toEqual([]);
});

it('weighs the picture against what is usual for its size', () => {
  expect(play(source, sourceOf({ width: 3_840, height: 2_160 }).video).told).toEqual(['+video.bitrate_low']);
  expect(play(heavy).told).toEqual(['+video.bitrate_high']);
});

it('holds a picture of another size against nothing that came before', () => {
  const { health, told } = play(heavy);
  health.describe(sourceOf({ width: 320, height: 180, frameRate: 25 }).video);
  for (const tag of source)
    health.tag({ ...tag, timestampMs: tag.timestampMs + lengthS * 1_000, arrivalMs: tag.arrivalMs + lengthS * 1_000 });
  expect(told).toEqual(['+video.bitrate_high', '-video.bitrate_high']);
});

it('calls sound silent that is there, and not what fills its place', () => {
  const { health, told } = play([]);
  health.hear({ silent: true });
  health.hear({ missing: true });
  expect(told.splice(0)).toEqual(['+audio.silent', '-audio.silent']);
  health.hear({ silent: true });
  health.hear({ silent: false });
  health.hear({ missing: false });
  expect(told).toEqual([]);
});

it('goes by the sound where there is no picture, or none any more', () => {
  const inBlocks = arriving((ms) => (ms < 10_000 ? ms : Math.ceil((ms + 1) / 1_500) * 1_500));
  const sound = (tags: readonly TimedTag[]) => tags.filter((tag) => tag.type === 'audio');
  expect(play(sound(inBlocks), null).told).toEqual(['+ingest.jitter']);
  const gone = inBlocks.filter((tag) => tag.type === 'audio' || tag.timestampMs < 8_000);
  expect(play(gone).told).toEqual(['+ingest.jitter']);
});
