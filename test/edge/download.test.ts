import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClipStage } from '../support/clip-stage.ts';
import { framesOf, makeCodedBroadcast, numbers, probeFile } from '../support/coded-broadcast.ts';

const anchorMs = Date.UTC(2026, 10, 21, 12);
let stage: ClipStage;
let folder: string;
let over: { channel: string; broadcast: string };

beforeAll(async () => {
  stage = await ClipStage.start();
  folder = mkdtempSync(join(tmpdir(), 'headwater-download-'));
  const runs = [
    { startS: 0, seconds: 5, firstFrame: 0 },
    { startS: 20, seconds: 5, firstFrame: 600 },
    { startS: 25.4, seconds: 4, firstFrame: 762 },
  ];
  over = await stage.keep(await makeCodedBroadcast(runs, anchorMs));
}, 60_000);

afterAll(async () => {
  await stage?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function saved(bytes: Buffer): string {
  const file = join(folder, 'download.mp4');
  writeFileSync(file, bytes);
  return file;
}

async function clipOf(of: object, startS: number, endS: number, title = 'A goal') {
  const range = { startMs: anchorMs + 1_000 * startS, endMs: anchorMs + 1_000 * endS };
  const { json } = await stage.person('POST', '/clips', { ...of, ...range, title });
  return json as { id: string; durationS: number; playback: { download: string } };
}

describe('a clip', () => {
  test('is one file with every picture once and in order, over a reconnect and a crash of the encoder', async () => {
    const { durationS, playback } = await clipOf({ broadcast: over.broadcast }, 1.5, 28);
    const { status, headers, body } = await stage.get(playback.download, 'sin');
    expect([status, headers.get('content-type'), headers.get('accept-ranges')]).toEqual([200, 'video/mp4', 'bytes']);
    expect(headers.get('content-length')).toBe(String(body.length));
    expect(headers.get('content-disposition')).toBe(`attachment; filename="A goal.mp4"; filename*=UTF-8''A%20goal.mp4`);
    const file = saved(body);
    expect(await framesOf(file)).toEqual([...numbers(0, 149), ...numbers(600, 749), ...numbers(762, 839)]);
    expect(Math.abs((await probeFile(file)).durationS - durationS)).toBeLessThan(0.1);
  });

  test('is the same file at every PoP, whole, in its parts and taken up where it broke off', async () => {
    const { playback } = await clipOf({ broadcast: over.broadcast }, 0.7, 22.3);
    const whole = await stage.get(playback.download, 'fra');
    const etag = whole.headers.get('etag') ?? '';
    const { length } = whole.body;
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    const head = await stage.get(playback.download, 'nyc', {}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
      200,
      String(length),
      etag,
    ]);
    const parts: Buffer[] = [];
    for (const [i, at] of [0, 1, 700, Math.floor(length / 2), length - 1].entries()) {
      const to = [1, 700, Math.floor(length / 2), length - 1, length][i] ?? length;
      const headers = { range: `bytes=${at}-${to - 1}`, 'if-range': etag };
      const part = await stage.get(playback.download, i % 2 === 0 ? 'sin' : 'nyc', headers);
      expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes ${at}-${to - 1}/${length}`]);
      parts.push(part.body);
    }
    expect(Buffer.concat(parts).equals(whole.body)).toBe(true);
    const rest = await stage.get(playback.download, 'sin', { range: 'bytes=-1000' });
    expect(rest.body.equals(whole.body.subarray(-1_000))).toBe(true);
    const changed = await stage.get(playback.download, 'sin', { range: 'bytes=5-', 'if-range': '"other"' });
    expect([changed.status, changed.body.length]).toEqual([200, length]);
    expect((await stage.get(playback.download, 'sin', { 'if-none-match': etag })).status).toBe(304);
    const past = await stage.get(playback.download, 'sin', { range: `bytes=${length}-` });
    expect([past.status, past.headers.get('content-range')]).toEqual([416, `bytes */${length}`]);
  });

  test('has a name that no file system takes for anything else', async () => {
    const { playback } = await clipOf({ broadcast: over.broadcast }, 1, 3, '../Größe: "1/2"');
    const { headers } = await stage.get(playback.download, 'fra', {}, 'HEAD');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="Groe 1 2.mp4"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201%202.mp4`,
    );
  });

  test('of a broadcast that goes on comes from where its media is', async () => {
    const live = await stage.serve(await makeCodedBroadcast([{ startS: 0, seconds: 9, firstFrame: 0 }], anchorMs));
    const { playback } = await clipOf({ channel: live.channel }, 2, 7);
    const { status, body } = await stage.get(playback.download);
    expect(status).toBe(200);
    expect(await framesOf(saved(body))).toEqual(numbers(60, 209));
    const all = await stage.get(`/b/${live.broadcast}/download.mp4`);
    expect([all.status, JSON.parse(all.text).code]).toEqual([503, 'too_early']);
  });
});

describe('a broadcast', () => {
  test('is a file too, whole or by a range of seconds or times', async () => {
    const path = `/b/${over.broadcast}/download.mp4`;
    const whole = await stage.get(path);
    expect(await framesOf(saved(whole.body))).toEqual([...numbers(0, 149), ...numbers(600, 749), ...numbers(762, 881)]);
    const [bySeconds, byTimes] = await Promise.all([
      stage.get(`${path}?start=2&end=4`),
      stage.get(`${path}?start=2026-11-21T12:00:02Z&end=2026-11-21T12:00:04Z`),
    ]);
    expect(bySeconds.status).toBe(200);
    expect(bySeconds.body.equals(byTimes.body)).toBe(true);
    expect(await framesOf(saved(bySeconds.body))).toEqual(numbers(60, 119));
  });

  test('of a channel for some sites is saved by whoever has a link for files, and shown by no page elsewhere', async () => {
    const { channel, broadcast } = over;
    await stage.edge.sql(`UPDATE channels SET sites = '["example.com"]' WHERE id = ?1`, channel);
    const path = `/b/${broadcast}/download.mp4?start=2&end=4`;
    const codeAt = async (at: string, headers: Record<string, string> = {}) => {
      const { status, text } = await stage.get(at, 'fra', headers);
      return status === 200 ? 200 : (JSON.parse(text) as { code: string }).code;
    };
    await expect.poll(() => codeAt(path), { timeout: 10_000 }).toBe('site_refused');
    const link = async (wish: object) => (await stage.person('POST', '/links', { broadcast, ...wish })).json;
    const { token, id } = await link({ scopes: ['download'], anySite: true });
    const { token: plain } = await link({ scopes: ['replay', 'download'] });
    const elsewhere = { origin: 'https://example.org' };
    const shown = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'video', 'sec-fetch-mode': 'no-cors' };
    const wanted = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-dest': 'document',
      referer: 'https://mail.example.org/',
    };
    const bearer = (one: string) => ({ authorization: `Bearer ${one}` });
    expect(await codeAt(path, bearer(token))).toBe(200);
    expect(await codeAt(`/t/${token}${path}`, { 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await codeAt(`/t/${token}${path}`, wanted)).toBe(200);
    for (const page of [elsewhere, shown, { referer: 'https://example.org/' }, { origin: 'null' }]) {
      expect(await codeAt(`/t/${token}${path}`, page)).toBe('site_refused');
    }
    expect(await codeAt(path, bearer(plain))).toBe('site_refused');
    for (const file of ['index.m3u8', 'index.mpd', 'v180/index.m3u8', 'v180/1.m4s', 'poster.jpg']) {
      expect(await codeAt(`/b/${broadcast}/${file}`, bearer(token)), file).toBe('site_refused');
      expect(await codeAt(`/t/${token}/b/${broadcast}/${file}`), file).toBe('site_refused');
    }
    await stage.person('DELETE', `/links/${id}`);
    await expect.poll(() => codeAt(path, bearer(token)), { timeout: 15_000 }).toBe('token_revoked');
    await stage.edge.sql('UPDATE channels SET sites = NULL WHERE id = ?1', channel);
    await expect.poll(() => codeAt(path), { timeout: 10_000 }).toBe(200);
  });

  test('can be had as sound alone', async () => {
    const { body } = await stage.get(`/b/${over.broadcast}/download.mp4?rendition=a1&start=1&end=4`);
    const { streams } = await probeFile(saved(body));
    expect(streams.map(({ kind }) => kind)).toEqual(['audio']);
    expect(Math.abs((streams[0]?.durationS ?? 0) - 3)).toBeLessThan(0.05);
  });

  test.each([
    ['a rendition that is not there', 'rendition=v9', 404, 'not_found'],
    ['a range that is none', 'start=now', 400, 'bad_request'],
    ['a query without end', `x=${'1'.repeat(3_000)}`, 400, 'bad_request'],
    ['a range after the end', 'start=400&end=500', 422, 'outside_media'],
  ])('%s is refused', async (_, query, status, code) => {
    const answer = await stage.get(`/b/${over.broadcast}/download.mp4?${query}`);
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([status, code]);
  });

  test('whose encoding changes is refused, with the halves that can be had', async () => {
    const runs = [
      { startS: 0, seconds: 4, firstFrame: 0 },
      { startS: 10, seconds: 4, firstFrame: 300, encoder: ['-preset', 'veryfast', '-profile:v', 'high'] },
    ];
    const { broadcast } = await stage.keep(await makeCodedBroadcast(runs, anchorMs));
    const path = `/b/${broadcast}/download.mp4`;
    const { status, text } = await stage.get(path);
    const { code, detail } = JSON.parse(text);
    expect([status, code]).toEqual([422, 'encoding_changes']);
    const [, end, start] = /\(end=([^)]+)\).*\(start=([^)]+)\)/.exec(detail) ?? [];
    expect(await framesOf(saved((await stage.get(`${path}?end=${end}`)).body))).toEqual(numbers(0, 119));
    expect(await framesOf(saved((await stage.get(`${path}?start=${start}`)).body))).toEqual(numbers(300, 419));
  });

  test('of which a segment was lost on its way breaks off instead of lying', async () => {
    const made = await makeCodedBroadcast([{ startS: 0, seconds: 8, firstFrame: 0 }], anchorMs);
    made.stored.set('v180/2.m4s', Buffer.from('short'));
    const { broadcast } = await stage.keep(made);
    await expect(stage.get(`/b/${broadcast}/download.mp4`)).rejects.toThrow();
  });
});
