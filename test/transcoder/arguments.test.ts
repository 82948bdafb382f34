import { describe, expect, test } from 'vitest';
import { transcodeOutputs } from '../../origin/transcoder/arguments.ts';
import { argumentsOf, buildCommand } from '../../origin/transcoder/command.ts';
import { defaultLadderWish, type LadderPlan, planLadder } from '../../origin/transcoder/ladder.ts';
import { ampleCapacity, sourceOf } from './sources.ts';

const input = `
  -hide_banner -loglevel level+warning -nostats -stats_period 1 -progress pipe:2
  -copyts -protocol_whitelist pipe -flags low_delay -probesize 65536 -analyzeduration 500000 -f flv -i pipe:0`;
const mux = `
  -map_metadata -1 -output_ts_offset 10 -avoid_negative_ts disabled
  -movflags +cmaf+empty_moov+frag_discont+frag_keyframe+default_base_moof+skip_trailer
  -flush_packets 1 -method PUT -protocol_whitelist http,tcp -f mp4`;
const videoMux = `-video_track_timescale 90000 -frag_duration 183333 ${mux}`;
const x264 = '-c:v libx264 -preset superfast -tune zerolatency -bf 0 -rc-lookahead 0 -sc_threshold 0';
const likeSource = `
  -fps_mode passthrough -enc_time_base 1:90000 -force_key_frames source -g 9999 -x264-params fps=30`;
const every2s = `
  -fps_mode vfr -force_key_frames expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+1.9833)) -g 9999`;
const audio = `
  -map 0:a:0 -c:a aac -b:a 128000 -ar 48000 -ac 2
  -af silencedetect=noise=-60dB:duration=15,ametadata=mode=print:direct=1:file='pipe\\:2',aresample=async=1000:min_comp=0.02
  -frag_duration 200000 ${mux}
  http://127.0.0.1:9/s/a1`;
const passedThrough = `
  -filter_complex
  [0:v:0]split=2[v480-in][v360-in];[v480-in]scale=854:480,format=yuv420p[v480];[v360-in]scale=640:360,format=yuv420p[v360]
  -map 0:v:0 -c:v copy ${videoMux} http://127.0.0.1:9/s/v720
  -map [v480] ${x264} -b:v 1200000 -maxrate 1200000 -bufsize 1200000 ${likeSource} ${videoMux} http://127.0.0.1:9/s/v480
  -map [v360] ${x264} -b:v 700000 -maxrate 700000 -bufsize 700000 ${likeSource} ${videoMux} http://127.0.0.1:9/s/v360`;
const encodedFilter = [
  '[0:v:0]setpts=PTS-STARTPTS+round(STARTPTS*TB*30/1)*1/30/TB,fps=30,split=3[v720-in][v480-in][v360-in]',
  '[v720-in]scale=1280:720,format=yuv420p[v720]',
  '[v480-in]scale=854:480,format=yuv420p[v480]',
  '[v360-in]scale=640:360,format=yuv420p[v360]',
].join(';');
const encoded = `
  -filter_complex ${encodedFilter}
  -map [v720] ${x264} -b:v 2500000 -maxrate 2500000 -bufsize 2500000 ${every2s} ${videoMux} http://127.0.0.1:9/s/v720
  -map [v480] ${x264} -b:v 1200000 -maxrate 1200000 -bufsize 1200000 ${every2s} ${videoMux} http://127.0.0.1:9/s/v480
  -map [v360] ${x264} -b:v 700000 -maxrate 700000 -bufsize 700000 ${every2s} ${videoMux} http://127.0.0.1:9/s/v360`;

const words = (text: string) => text.trim().split(/\s+/);
const sinkUrl = (name: string) => `http://127.0.0.1:9/s/${name}`;
const hd = { width: 1_280, height: 720, bitrate: 4_000_000 };
const plan = (source: Parameters<typeof planLadder>[0]) => planLadder(source, ampleCapacity, defaultLadderWish);
const argv = (of: LadderPlan) => argumentsOf(buildCommand('ffmpeg', transcodeOutputs(of, sinkUrl)));

describe('the command line', () => {
  test.each([
    ['a fit 720p30 source: passed through, two rungs', plan(sourceOf(hd)), `${input} ${passedThrough} ${audio}`],
    ['keyframes every 10 s: all encoded', plan(sourceOf({ ...hd, gopMs: 10_000 })), `${input} ${encoded} ${audio}`],
    ['only audio', plan(sourceOf(null)), `${input} ${audio}`],
    ['only video', plan(sourceOf(hd, null)), `${input} ${passedThrough}`],
  ])('%s', (_, of, expected) => {
    expect(argv(of)).toEqual(words(expected));
  });

  test('what is fed counts from a time of the broadcast', () => {
    const late = argumentsOf(buildCommand('ffmpeg', transcodeOutputs(plan(sourceOf(hd)), sinkUrl, 2 ** 31)));
    const shifted = argv(plan(sourceOf(hd))).map((word, i, all) =>
      all[i - 1] === '-output_ts_offset' ? '2147493.648' : word,
    );
    expect(late).toEqual(shifted);
  });

  test('one encoded rung needs no split; mono stays mono; 29.97 is a fraction', () => {
    const mono = { codec: 'aac', sampleRate: 44_100, channels: 1, bitrate: 96_000 } as const;
    const source = sourceOf({ ...hd, frameRate: 29.97, gopMs: 10_000 }, mono);
    const wish = { ...defaultLadderWish, encodeRungsMax: 1 };
    const line = argv(planLadder(source, ampleCapacity, wish)).join(' ');
    expect(line).toContain(
      '[0:v:0]setpts=PTS-STARTPTS+round(STARTPTS*TB*30000/1001)*1001/30000/TB,fps=30000/1001,scale=1280:720,format=yuv420p[v720]',
    );
    expect(line).toContain('gte(t,prev_forced_t+1.9853)');
    expect(line).toContain('-frag_duration 183517');
    expect(line).toContain('-b:a 96000 -ar 48000 -ac 1');
  });

  test('fields become frames before anything else is made of them', () => {
    const line = argv(plan(sourceOf({ ...hd, interlaced: true }))).join(' ');
    expect(line).toContain('-filter_complex [0:v:0]bwdif=mode=send_frame:deint=interlaced,setpts=');
    expect(line).not.toContain('-c:v copy');
  });

  test('a passed-through source alone is not decoded', () => {
    const wish = { ...defaultLadderWish, encodeRungsMax: 0 };
    const line = argv(planLadder(sourceOf(hd), ampleCapacity, wish)).join(' ');
    expect(line).not.toContain('-filter_complex');
    expect(line).not.toContain('libx264');
  });

  test('no argument has a space in it, and none asks for the flags that cost media', () => {
    for (const source of [sourceOf(hd), sourceOf({ ...hd, gopMs: null, frameRate: 23.976 }), sourceOf(null)]) {
      const given = argv(plan(source));
      expect(given.filter((one) => /\s/.test(one))).toEqual([]);
      expect(given.join(' ')).not.toMatch(/nobuffer|0:[av]:0\?/);
    }
  });
});

describe('where media may be pushed to', () => {
  test.each([
    'https://127.0.0.1:9/s',
    'http://10.0.0.1:9/s',
    'http://127.0.0.1.example.org/s',
    'http://key:secret@127.0.0.1:9/s',
    'file:///tmp/s',
    'http://127.0.0.1:9/a b',
  ])('not %s', (url) => {
    expect(() => transcodeOutputs(plan(sourceOf(hd)), () => url)).toThrow(
      expect.objectContaining({ code: 'sink_not_loopback' }),
    );
  });

  test('both loopback addresses', () => {
    for (const url of ['http://127.0.0.1:9/s', 'http://[::1]:9/s']) {
      expect(transcodeOutputs(plan(sourceOf(null)), () => url).outputs[0]?.url).toBe(url);
    }
  });
});

test('an encoder without settings is refused', () => {
  const odd = plan(sourceOf({ ...hd, gopMs: null }));
  const video = odd.video.map((rung) => ({ ...rung, encoder: 'h264_magic' }));
  expect(() => transcodeOutputs({ ...odd, video }, sinkUrl)).toThrow(
    expect.objectContaining({ code: 'encoder_unknown' }),
  );
});
