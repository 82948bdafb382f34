import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importWireKey, signatureHeader, type WireKey } from '#shared/wire/signature.ts';
import { type OriginHttp, startOriginHttp } from '../../origin/http/server.ts';
import type { Packager, TrackSink } from '../../origin/packager/packager.ts';
import { chunk, initSegment } from '../support/fmp4.ts';
import { createLiveWindow } from '../support/live-window.ts';
import { silentLog } from '../support/log.ts';
import { signAnew } from '../support/sign-anew.ts';

const id = 'b_0123456789abcdefghjk';
const over = 'b_1111111111abcdefghjk';
const soon = 'b_2222222222abcdefghjk';
const durationsTicks = [3_000, 3_000, 3_000, 3_000, 3_000, 3_000];

let http: OriginHttp;
let key: WireKey;
let packager: Packager;
let sink: TrackSink;
let clockMs: number;
let isLetGo: boolean;

/** Adds the next 200 ms of media. */
let nextMs = 0;
function feed(parts: number): void {
  for (let i = 0; i < parts; i++, nextMs += 200) {
    if ((nextMs + 200) % 2_000 === 0) packager.keyframe(nextMs + 200);
    const independent = nextMs % 2_000 === 0;
    sink.data(chunk({ startTicks: 900_000 + nextMs * 90, durationsTicks, independent }));
  }
}

async function ask(target: string, init: RequestInit = {}): Promise<Response> {
  const method = init.method ?? 'GET';
  const signed = { audience: 'origin', method, target, body: null } as const;
  const signature = await signAnew(key, signed, clockMs);
  return fetch(`http://127.0.0.1:${http.port}${target}`, { ...init, headers: { [signatureHeader]: signature } });
}

beforeEach(async () => {
  clockMs = Date.UTC(2026, 10, 21);
  nextMs = 0;
  isLetGo = false;
  key = await importWireKey('k1', 'a-secret-of-at-least-thirty-two-characters');
  const live = createLiveWindow();
  packager = live.packager;
  const rendition = { name: 'v720', kind: 'video', frameRate: 30, bitrate: 1_000_000, passthrough: true } as const;
  const run = packager.beginRun({
    renditions: [rendition],
    keyframes: 'source',
    gopMs: 2_000,
    partTargetMs: 200,
    anchorMs: clockMs,
  });
  packager.keyframe(0);
  sink = packager.openTrack(run, 'v720') as TrackSink;
  sink.data(initSegment('video'));
  const find = (asked: string) => {
    if (asked === over || isLetGo) return 'gone';
    if (asked === soon) return 'soon';
    return asked === id ? live.window : null;
  };
  http = await startOriginHttp({ bind: '127.0.0.1', port: 0, keys: [key], find, log: silentLog, now: () => clockMs });
});

afterEach(() => http.close());

describe('origin http', () => {
  it('serves nobody without a valid signature', async () => {
    feed(3);
    const url = `http://127.0.0.1:${http.port}/b/${id}/v720/index.m3u8`;
    expect((await fetch(url)).status).toBe(401);
    const forged = { headers: { [signatureHeader]: `kid=k1;t=${clockMs};s=${'0'.repeat(64)}` } };
    expect((await fetch(url, forged)).status).toBe(401);
    expect((await ask(`/b/${id}/v720/index.m3u8`)).status).toBe(200);
  });

  it('takes each signature once, and none from before it started', async () => {
    feed(3);
    const target = `/b/${id}/v720/index.m3u8`;
    const signed = { audience: 'origin', method: 'GET', target, body: null } as const;
    const send = async (header: string) => {
      const response = await fetch(`http://127.0.0.1:${http.port}${target}`, {
        headers: { [signatureHeader]: header },
      });
      const { code, reason } = response.status === 200 ? { code: '', reason: '' } : await response.json();
      return [response.status, code, reason];
    };
    const recorded = await signAnew(key, signed, clockMs);
    const both = await Promise.all([send(recorded), send(recorded)]);
    expect(both.sort()).toEqual([
      [200, '', ''],
      [401, 'unauthorized', 'replayed'],
    ]);
    clockMs += 60_000;
    expect(await send(recorded)).toEqual([401, 'unauthorized', 'replayed']);
    clockMs += 1;
    expect(await send(recorded)).toEqual([401, 'unauthorized', 'clock_skew']);
    expect(await send(await signAnew(key, signed, clockMs))).toEqual([200, '', '']);
    clockMs -= 60_001;
    expect(await send(await signAnew(key, signed, clockMs - 1))).toEqual([401, 'unauthorized', 'forgotten']);
  });

  it('answers with the state of the playlist beside its text', async () => {
    feed(12);
    const response = await ask(`/b/${id}/v720/index.m3u8`);
    expect(response.headers.get('headwater-playlist')).toBe('msn=1;part=1;complete=0;td=2;pt=0.2;ended=0');
    expect(response.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
    expect(await response.text()).toContain('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="1.2.m4s"');
  });

  it('answers with a delta update only when it is asked for one', async () => {
    feed(10 * 9);
    const [full, delta] = await Promise.all(
      ['', '?_HLS_skip=YES'].map(async (query) => (await ask(`/b/${id}/v720/index.m3u8${query}`)).text()),
    );
    expect(full).not.toContain('EXT-X-SKIP');
    expect(delta).toContain('#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n');
    expect(delta?.split('#EXT-X-SKIP')[0]).toBe(full?.split('#EXT-X-MAP')[0]);
  });

  it('lists complete segments with their exact times and sizes, and nothing that only a PoP makes', async () => {
    feed(15);
    const list = await ask(`/b/${id}/v720/segments.json`);
    expect([list.status, list.headers.get('content-type')]).toEqual([200, 'application/json']);
    const sizeBytes = Number((await ask(`/b/${id}/v720/0.m4s`)).headers.get('content-length'));
    expect(await list.json()).toEqual({
      ...{ timescale: 90_000, whole: true, ended: false },
      segments: [[0, 900_000, 180_000, sizeBytes, 0, clockMs, 0]],
    });
    for (const path of [
      `/b/${id}/v9/segments.json`,
      `/b/${id}/download.mp4`,
      '/clip/cl_0123456789abcdefghjk/index.mpd',
    ]) {
      expect((await ask(path)).status).toBe(404);
    }
  });

  it('holds a blocking request until the part is there', async () => {
    feed(3);
    const held = ask(`/b/${id}/v720/index.m3u8?_HLS_msn=0&_HLS_part=3`);
    const hinted = ask(`/b/${id}/v720/0.3.m4s`);
    const first = await Promise.race([held, hinted, ask(`/b/${id}/v720/0.0.m4s`).then(() => 'other' as const)]);
    expect(first).toBe('other');
    feed(1);
    expect(await (await held).text()).toContain('URI="0.3.m4s"');
    expect((await hinted).status).toBe(200);
  });

  it('names the init segment in place of a segment that was lost', async () => {
    feed(10);
    for (const ms of [4_000, 6_000]) packager.keyframe(ms);
    nextMs = 6_000;
    feed(1);
    const lost = await ask(`/b/${id}/v720/1.m4s`, { redirect: 'manual' });
    expect([lost.status, lost.headers.get('location'), await lost.text()]).toEqual([303, 'init-0.mp4', '']);
    expect((await ask(`/b/${id}/v720/1.0.m4s`)).status).toBe(404);
  });

  it('does not say that a broadcast is over that another origin has taken over while a request was held', async () => {
    feed(3);
    const held = ask(`/b/${id}/v720/index.m3u8?_HLS_msn=0&_HLS_part=3`);
    await ask(`/b/${id}/v720/0.0.m4s`);
    isLetGo = true;
    packager.end();
    expect((await held).status).toBe(410);
  });

  it.each([
    ['/b/b_zzzzzzzzzzzzzzzzzzzz/index.m3u8', 404, 'not_found'],
    [`/b/${over}/index.m3u8`, 410, 'gone'],
    [`/b/${soon}/index.m3u8`, 503, 'too_early'],
    [`/b/${id}/v999/index.m3u8`, 404, 'not_found'],
    [`/b/${id}/v720/0.7.m4s`, 404, 'not_found'],
    [`/b/${id}/v720/9.m4s`, 404, 'not_found'],
    [`/b/${id}/v720/init-7.mp4`, 404, 'not_found'],
    [`/b/${id}/v720/index.m3u8?_HLS_part=1`, 400, 'bad_directive'],
    [`/b/${id}/v720/index.m3u8?_HLS_msn=99`, 400, 'too_far_ahead'],
    ['/live/demo/index.m3u8', 404, 'not_found'],
    ['/etc/passwd', 404, 'not_found'],
  ])('%s is %i %s', async (target, status, code) => {
    feed(3);
    const response = await ask(target);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code, status });
  });

  it('has nothing kept by a proxy in front of it, which would answer others with it', async () => {
    feed(12);
    const signed = [`/b/${id}/v720/index.m3u8`, `/b/${id}/v720/init-0.mp4`, `/b/${id}/v720/0.m4s`, '/etc/passwd'];
    const answers = await Promise.all(signed.map((target) => ask(target)));
    // And one that is sent while it is made.
    const making = new AbortController();
    answers.push(await ask(`/b/${id}/v720/1.m4s`, { signal: making.signal }));
    answers.push(await fetch(`http://127.0.0.1:${http.port}${signed[0]}`));
    making.abort();
    expect(answers.map(({ status, headers }) => [status, headers.get('cache-control')])).toEqual(
      [200, 200, 200, 404, 200, 401].map((status) => [status, 'no-store']),
    );
  });

  it('is too early before the first media', async () => {
    expect((await ask(`/b/${id}/index.m3u8`)).status).toBe(503);
    expect((await ask(`/b/${id}/index.mpd`)).status).toBe(503);
  });

  it('answers HEAD without a body, and refuses to be written to', async () => {
    feed(3);
    const head = await ask(`/b/${id}/v720/0.0.m4s`, { method: 'HEAD' });
    expect([head.status, Number(head.headers.get('content-length')) > 0, await head.text()]).toEqual([200, true, '']);
    expect((await ask(`/b/${id}/v720/0.0.m4s`, { method: 'DELETE' })).status).toBe(405);
  });

  it('wakes everybody when the broadcast ends', async () => {
    feed(3);
    const held = ask(`/b/${id}/v720/index.m3u8?_HLS_msn=1`);
    const seen = await ask(`/b/${id}/v720/index.m3u8`);
    expect(seen.status).toBe(200);
    packager.end();
    expect(await (await held).text()).toContain('#EXT-X-ENDLIST');
  });
});
