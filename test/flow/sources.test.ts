import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { readMediaPlaylist, readMpd, readMultivariant } from '../support/oracles.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const run = promisify(execFile);
const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';

const picture = (size = '640x360', rate = '30') => ['-re', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}`];
const sound = (rate = 48_000, channels = 2) => {
  return ['-re', '-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${rate}`, '-ac', String(channels)];
};
const x264 = (keyframe: number, ...more: readonly string[]) => {
  return [
    '-c:v',
    'libx264',
    '-preset',
    'veryfast',
    '-b:v',
    '600k',
    '-g',
    String(keyframe),
    '-pix_fmt',
    'yuv420p',
    ...more,
  ];
};
const aac = ['-c:a', 'aac', '-b:a', '96k'];

interface SourceCase {
  readonly options: readonly string[];
  /** Name and mode of each rung, as planned. */
  readonly renditions: readonly string[];
  readonly audio: boolean;
  readonly findings: readonly string[];
}

const passthrough = ['v360:copy', 'v240:encode'];
const encoded = ['v360:encode', 'v240:encode'];

const cases: Readonly<Record<string, SourceCase>> = {
  'B-frames and scene cuts': {
    options: [...picture(), ...sound(), ...x264(60, '-bf', '3'), ...aac],
    ...{ renditions: passthrough, audio: true, findings: [] },
  },
  'an open GOP': {
    options: [...picture(), ...sound(), ...x264(45, '-bf', '3', '-x264-params', 'open-gop=1'), ...aac],
    ...{ renditions: encoded, audio: true, findings: ['video.open_gop'] },
  },
  'a keyframe every ten seconds': {
    options: [...picture(), ...sound(), ...x264(300, '-sc_threshold', '0'), ...aac],
    ...{ renditions: encoded, audio: true, findings: ['video.gop_long'] },
  },
  'no sound': {
    options: [...picture(), ...x264(60)],
    ...{ renditions: passthrough, audio: false, findings: ['audio.none'] },
  },
  'no picture': {
    options: [...sound(), ...aac],
    ...{ renditions: [], audio: true, findings: ['video.none'] },
  },
  'portrait, 29.97 frames, mono at 44.1 kHz': {
    options: [...picture('360x640', '30000/1001'), ...sound(44_100, 1), ...x264(60), ...aac],
    ...{ renditions: passthrough, audio: true, findings: ['audio.sample_rate'] },
  },
};

let stack: TestStack;
let publisher: ChildProcess | null = null;

beforeAll(async () => {
  stack = await startTestStack();
}, 60_000);

afterEach(async () => {
  if (publisher?.exitCode === null && publisher.signalCode === null) {
    publisher.kill('SIGKILL');
    await once(publisher, 'exit');
  }
  publisher = null;
});

afterAll(() => stack?.stop(), 30_000);

async function createChannel(id: string): Promise<string> {
  await stack.api('POST', '/channels', { id, title: id, reconnectWindowMs: 0 });
  const answer = await stack.api('POST', `/channels/${id}/keys`, { label: 'test' });
  return ((await answer.json()) as { streamKey: string }).streamKey;
}

async function broadcastOf(channel: string) {
  const { broadcast, state } = (await (await fetch(`${stack.run.api}/watch/${channel}`)).json()) as Record<
    string,
    string
  >;
  return { broadcast, state };
}

const get = async (url: URL | string) => {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return response.text();
};

/** Duration and part rules of one media playlist. */
function checkPlaylist(text: string): void {
  const { segments } = readMediaPlaylist(text);
  expect(segments.length).toBeGreaterThanOrEqual(2);
  const target = Number(/TARGETDURATION:(\d+)/.exec(text)?.[1]);
  const partTarget = Number(/PART-TARGET=([\d.]+)/.exec(text)?.[1]);
  for (const [, duration] of text.matchAll(/#EXTINF:([\d.]+)/g)) {
    expect(Math.round(Number(duration))).toBeLessThanOrEqual(target);
  }
  const parts = [...text.matchAll(/#EXT-X-PART:DURATION=([\d.]+),URI="(\d+)\.(\d+)\.m4s"(,INDEPENDENT=YES)?/g)];
  for (const [, duration, , part, independent] of parts) {
    expect(Number(duration)).toBeLessThanOrEqual(partTarget);
    if (part === '0') expect(independent).toBe(',INDEPENDENT=YES');
  }
}

it.each(Object.entries(cases))(
  'a source with %s plays in HLS and DASH',
  async (name, wanted) => {
    const channel = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    const key = await createChannel(channel);
    const target = `${stack.run.rtmp}/${key}`;
    publisher = spawn(ffmpeg, ['-v', 'error', ...wanted.options, '-f', 'flv', target], { stdio: 'ignore' });
    await pollUntil(async () => (await broadcastOf(channel)).state === 'live', 'the broadcast to be live', 20_000);
    const { broadcast } = await broadcastOf(channel);

    const started = stack.originLog.filter((line) => line.event === 'encoder_started' && line.broadcast === broadcast);
    expect(started.map((line) => line.renditions)).toEqual([wanted.renditions]);
    const report = (await (await stack.api('GET', `/broadcasts/${broadcast}`)).json()) as {
      report: { findings: { code: string }[] };
    };
    // The rest is about the machine and the way to it; scene cuts come as the encoder likes.
    const found = report.report.findings
      .map((finding) => finding.code)
      .filter((code) => /^(?:video|audio|ts)\./.test(code) && code !== 'video.gop_irregular');
    expect(found).toEqual(wanted.findings);

    const base = `${stack.popUrl(1)}/live/${channel}/`;
    const listed = async () => (await get(new URL(variants[0] ?? '', base))).match(/#EXTINF/g)?.length ?? 0;
    const multivariant = await get(`${base}index.m3u8`);
    const variants = readMultivariant(multivariant);
    expect(variants).toHaveLength(wanted.renditions.length + (wanted.audio ? 1 : 0));
    expect(multivariant.includes('mp4a.40.2')).toBe(wanted.audio);
    await pollUntil(async () => (await listed()) >= 3, 'three segments', 20_000);
    for (const variant of variants) checkPlaylist(await get(new URL(variant, base)));
    expect(readMpd(await get(`${base}index.mpd`), base).length).toBeGreaterThanOrEqual(2);

    for (const manifest of ['index.m3u8', 'index.mpd']) {
      const args = [
        '-v',
        'error',
        '-xerror',
        '-i',
        base + manifest,
        '-map',
        '0',
        '-c',
        'copy',
        '-t',
        '3',
        '-f',
        'null',
        '-',
      ];
      await run(ffmpeg, args, { timeout: 30_000 });
      await run(ffmpeg, ['-v', 'error', '-xerror', '-i', base + manifest, '-t', '3', '-f', 'null', '-'], {
        timeout: 30_000,
      });
    }
  },
  90_000,
);
