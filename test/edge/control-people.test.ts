import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiToken, ControlStage } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());

describe('the API token', () => {
  const refused: readonly [string, Record<string, string>][] = [
    ['no header', {}],
    ['another scheme', { authorization: `Basic ${apiToken}` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a wrong token', { authorization: 'Bearer token-of-another-stage' }],
    ['a beginning of the token', { authorization: `Bearer ${apiToken.slice(0, -1)}` }],
    ['the token and more', { authorization: `Bearer ${apiToken}x` }],
  ];
  test.each(refused)('%s is answered with 401', async (_, headers) => {
    const answer = await stage.call('/api/v1/channels', { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="headwater"');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.json).toMatchObject({
      type: 'urn:headwater:problem:unauthorized',
      code: 'unauthorized',
      status: 401,
    });
    expect(answer.text).not.toContain(apiToken);
  });

  test.each([
    ['POST', '/channels'],
    ['GET', '/channels/x'],
    ['PATCH', '/channels/x'],
    ['DELETE', '/channels/x'],
    ['POST', '/channels/x/keys'],
    ['GET', '/channels/x/keys'],
    ['DELETE', '/channels/x/keys/y'],
    ['GET', '/broadcasts'],
    ['GET', '/broadcasts/x'],
    ['GET', '/origins'],
    ['GET', '/pops'],
    ['GET', '/no-such-call'],
  ])('is needed for %s %s', async (method, path) => {
    expect((await stage.call(`/api/v1${path}`, { method })).status).toBe(401);
  });
});

describe('channels', () => {
  test('are created with defaults, read, changed and deleted', async () => {
    const created = await stage.person('POST', '/channels', { id: 'news-room', title: '  Evening news ' });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe('/api/v1/channels/news-room');
    expect(created.json).toEqual({
      id: 'news-room',
      title: 'Evening news',
      latency: 'low',
      visibility: 'public',
      reconnectWindowMs: 60_000,
      slate: false,
      disabled: false,
      sourceUrl: null,
      sites: null,
      retention: { keep: 'all' },
      createdMs: expect.any(Number),
      state: 'waiting',
      broadcast: null,
      playback: {
        hls: '/live/news-room/index.m3u8',
        dash: '/live/news-room/index.mpd',
        watch: '/watch/news-room',
      },
    });
    expect((await stage.person('GET', '/channels/news-room')).json).toEqual(created.json);

    const change = {
      title: 'Late news',
      latency: 'standard',
      visibility: 'unlisted',
      reconnectWindowMs: 0,
      slate: true,
    };
    const changed = await stage.person('PATCH', '/channels/news-room', change);
    expect(changed.json).toEqual({ ...created.json, ...change });
    const again = await stage.person('PATCH', '/channels/news-room', { disabled: true });
    expect(again.json).toEqual({ ...created.json, ...change, disabled: true });

    expect((await stage.person('DELETE', '/channels/news-room')).status).toBe(204);
    for (const method of ['GET', 'DELETE']) {
      expect((await stage.person(method, '/channels/news-room')).json.code).toBe('not_found');
    }
    expect((await stage.person('PATCH', '/channels/news-room', { title: 'x' })).status).toBe(404);
  });

  test('play a foreign source from a listed host, and stop doing so', async () => {
    const sourceUrl = 'https://media.example.com/live/index.m3u8?key=1';
    const { status, json } = await stage.person('POST', '/channels', { title: 'Elsewhere', sourceUrl });
    expect([status, json.sourceUrl, json.state]).toEqual([201, sourceUrl, 'live']);
    const path = `/channels/${json.id}`;
    expect((await stage.person('PATCH', path, { title: 'Still elsewhere' })).json.sourceUrl).toBe(sourceUrl);
    const cleared = await stage.person('PATCH', path, { sourceUrl: null });
    expect([cleared.json.sourceUrl, cleared.json.state]).toEqual([null, 'waiting']);
    for (const wrong of [
      'http://media.example.com/live/index.m3u8',
      'https://other.example/live/index.m3u8',
      'https://169.254.169.254/index.m3u8',
      'https://user:secret@media.example.com/index.m3u8',
      'https://media.example.com/live/index.html',
      'x',
      1,
    ]) {
      const refused = await stage.person('PATCH', path, { sourceUrl: wrong });
      expect([refused.status, refused.json.code]).toEqual([400, 'bad_request']);
      expect(refused.json.detail).toMatch(/^sourceUrl: /);
      expect(refused.json.detail).not.toContain('secret');
    }
  });

  test('are for all sites or for some, and say which', async () => {
    const sites = ['example.com', '*.example.net:8443'];
    const { status, json } = await stage.person('POST', '/channels', { title: 'For some', sites });
    expect([status, json.sites]).toEqual([201, sites]);
    const path = `/channels/${json.id}`;
    expect((await stage.person('PATCH', path, { title: 'Still for some' })).json.sites).toEqual(sites);
    expect((await stage.person('PATCH', path, { sites: ['a.example'] })).json.sites).toEqual(['a.example']);
    for (const wrong of [
      [],
      ['https://a.example'],
      ['A.example'],
      ['a.example/x'],
      [''],
      'a.example',
      Array(33).fill('a.example'),
    ]) {
      const refused = await stage.person('PATCH', path, { sites: wrong });
      expect([refused.status, refused.json.code]).toEqual([400, 'bad_request']);
    }
    expect((await stage.person('GET', path)).json.sites).toEqual(['a.example']);
    expect((await stage.person('PATCH', path, { sites: null })).json.sites).toBeNull();
  });

  test('get a random id when none is given, and keep a taken id', async () => {
    const { json } = await stage.person('POST', '/channels', { title: 'No id' });
    expect(json.id).toMatch(/^ch_[0-9a-z]{20}$/);
    const taken = await stage.person('POST', '/channels', { id: json.id, title: 'Second' });
    expect([taken.status, taken.json.code]).toEqual([409, 'conflict']);
    expect((await stage.person('GET', `/channels/${json.id}`)).json.title).toBe('No id');
  });

  test.each([
    '日本語の配信 🎥',
    'Zoë & <b>Ünïcode</b>',
    'عربي',
    "Robert'); DROP TABLE channels;--",
    '👩‍👩‍👧‍👦',
    'x'.repeat(120),
  ])('keep the title %s as it is', async (title) => {
    const { status, json } = await stage.person('POST', '/channels', { title });
    expect([status, json.title]).toEqual([201, title]);
    expect((await stage.person('GET', `/channels/${json.id}`)).json.title).toBe(title);
  });

  test('count a title in code points, in NFC', async () => {
    expect((await stage.person('POST', '/channels', { title: '🎥'.repeat(120) })).status).toBe(201);
    expect((await stage.person('POST', '/channels', { title: 'e\u0301' })).json.title).toBe('\u00e9');
  });

  const refused: readonly [string, unknown, string][] = [
    ['no title', {}, 'title'],
    ['an empty title', { title: '' }, 'title: must have 1 to 120 characters'],
    ['a blank title', { title: ' \t ' }, 'title: must have 1 to 120 characters'],
    ['a long title', { title: 'x'.repeat(121) }, 'title: must have 1 to 120 characters'],
    ['a line break', { title: 'a\nb' }, 'title: control characters'],
    ['a NUL', { title: 'a\u0000b' }, 'title: control characters'],
    ['an escape', { title: 'a\u001b[31mb' }, 'title: control characters'],
    ['a C1 control', { title: 'a\u0085b' }, 'title: control characters'],
    ['a direction override', { title: 'a\u202eb' }, 'title: control characters'],
    ['half a character', { title: 'a\ud83c' }, 'title: control characters'],
    ['a title that is no text', { title: 5 }, 'title'],
    ['an upper-case id', { title: 'x', id: 'News' }, 'id: must be lower-case'],
    ['an id with a path', { title: 'x', id: '../etc' }, 'id: must be lower-case'],
    ['an id with a quote', { title: 'x', id: "a'or'1" }, 'id: must be lower-case'],
    ['a long id', { title: 'x', id: 'a'.repeat(65) }, 'id: must be lower-case'],
    ['an unknown latency', { title: 'x', latency: 'ultra' }, 'latency'],
    ['an unknown visibility', { title: 'x', visibility: 'secret' }, 'visibility'],
    ['a negative window', { title: 'x', reconnectWindowMs: -1 }, 'reconnectWindowMs'],
    ['a window too long', { title: 'x', reconnectWindowMs: 1_800_001 }, 'reconnectWindowMs'],
    ['a slate that is no flag', { title: 'x', slate: 1 }, 'slate'],
    ['a broken window', { title: 'x', reconnectWindowMs: 1.5 }, 'reconnectWindowMs'],
    ['an unknown field', { title: 'x', owner: 'me' }, 'owner'],
    ['a list', [], 'expected object'],
    ['null', null, 'expected object'],
    ['broken JSON', '{"title":', 'not JSON'],
    ['no body', '', 'not JSON'],
  ];
  test.each(refused)('are not created from %s', async (_, body, sentence) => {
    const answer = await stage.person('POST', '/channels', body);
    expect([answer.status, answer.json.code]).toEqual([400, 'bad_request']);
    expect(answer.json.detail).toContain(sentence);
  });

  test('are not created from bytes that are not UTF-8', async () => {
    const headers = { authorization: `Bearer ${apiToken}` };
    const body = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]);
    expect((await stage.call('/api/v1/channels', { method: 'POST', headers, body })).status).toBe(400);
  });

  test('have a body of 64 KiB at most, counted while it streams', async () => {
    const fits = await stage.person('POST', '/channels', `${' '.repeat(65_536 - 13)}{"title":"x"}`);
    expect(fits.status).toBe(201);
    const over = await stage.person('POST', '/channels', `${' '.repeat(65_536 - 12)}{"title":"x"}`);
    expect([over.status, over.json.code]).toEqual([413, 'body_too_large']);

    const chunks = Array.from({ length: 5 }, () => new Uint8Array(16_384).fill(0x20));
    const body = new Blob(chunks).stream();
    const headers = { authorization: `Bearer ${apiToken}` };
    const streamed = await stage.call('/api/v1/channels', { method: 'POST', headers, body, duplex: 'half' });
    expect(streamed.status).toBe(413);
  });

  test('are listed by id, page by page', async () => {
    const ids = ['page-a', 'page-b', 'page-c', 'page-d', 'page-e'];
    for (const id of [...ids].reverse()) await stage.person('POST', '/channels', { id, title: id });
    const seen: string[] = [];
    let cursor: string | null = 'page-';
    while (cursor !== null) {
      const { json } = await stage.person('GET', `/channels?limit=2&cursor=${cursor}`);
      expect(json.channels.length).toBeLessThanOrEqual(2);
      for (const channel of json.channels) seen.push(channel.id);
      cursor = json.next;
    }
    expect(seen).toEqual(ids);
  });

  test.each(['limit=0', 'limit=101', 'limit=-1', 'limit=1.5', 'limit=x', 'limit=', `cursor=${'x'.repeat(65)}`])(
    'are not listed with %s',
    async (query) => {
      expect((await stage.person('GET', `/channels?${query}`)).json.code).toBe('bad_request');
    },
  );

  test.each(["' OR 1=1 --", '"; DELETE FROM channels; --', '%00', '%', '..%2f..', '𝕏'])(
    'are not found by %s',
    async (name) => {
      const before = await stage.sql('SELECT COUNT(*) AS n FROM channels');
      for (const method of ['GET', 'DELETE']) {
        expect((await stage.person(method, `/channels/${encodeURIComponent(name)}`)).status).toBe(404);
      }
      const list = await stage.person('GET', `/broadcasts?channel=${encodeURIComponent(name)}`);
      expect(list.json).toEqual({ broadcasts: [], next: null });
      expect(await stage.sql('SELECT COUNT(*) AS n FROM channels')).toEqual(before);
    },
  );
});

describe('stream keys', () => {
  test('are shown once and stored as a hash only', async () => {
    const { json: channel } = await stage.person('POST', '/channels', { title: 'Keys' });
    const created = await stage.person('POST', `/channels/${channel.id}/keys`, { label: 'OBS at home' });
    expect(created.status).toBe(201);
    const { id, streamKey } = created.json;
    expect(id).toMatch(/^sk_[0-9a-z]{20}$/);
    expect(streamKey).toMatch(/^sk_[0-9a-z]{20}_[0-9a-hjkmnp-tv-z]{32}$/);
    expect(streamKey.startsWith(`${id}_`)).toBe(true);

    const listed = await stage.person('GET', `/channels/${channel.id}/keys`);
    const unused = { lastUsedMs: null, lastUsedIp: null, lastUsedEncoder: null, expiresMs: null, replacedBy: null };
    expect(listed.json).toEqual({
      keys: [{ id, label: 'OBS at home', createdMs: created.json.createdMs, ...unused }],
      next: null,
    });
    const [row] = await stage.sql('SELECT * FROM stream_keys WHERE id = ?1', id);
    expect(row?.hash).toBe(createHash('sha256').update(streamKey).digest('hex'));
    expect(JSON.stringify(row)).not.toContain(streamKey.slice(id.length + 1));

    expect((await stage.person('DELETE', `/channels/${channel.id}/keys/${id}`)).status).toBe(204);
    expect((await stage.person('DELETE', `/channels/${channel.id}/keys/${id}`)).status).toBe(404);
    expect((await stage.person('GET', `/channels/${channel.id}/keys`)).json).toEqual({ keys: [], next: null });
  });

  test('need no label, refuse a bad one, and belong to a channel that is there', async () => {
    const { json: channel } = await stage.person('POST', '/channels', { title: 'Labels' });
    const path = `/channels/${channel.id}/keys`;
    expect((await stage.person('POST', path)).json.label).toBe('');
    expect((await stage.person('POST', path, {})).json.label).toBe('');
    expect((await stage.person('POST', path, { label: 'a\nb' })).status).toBe(400);
    expect((await stage.person('POST', path, { label: 'x'.repeat(65) })).status).toBe(400);
    expect((await stage.person('POST', path, { name: 'x' })).status).toBe(400);
    expect((await stage.person('POST', '/channels/nowhere/keys', {})).status).toBe(404);
    expect((await stage.person('GET', '/channels/nowhere/keys')).status).toBe(404);
  });

  test('of one channel are not deleted through another', async () => {
    const mine = await stage.channel();
    const other = await stage.channel();
    const { broadcast } = await stage.publish(mine.streamKey);
    expect((await stage.person('DELETE', `/channels/${other.id}/keys/${mine.keyId}`)).status).toBe(404);
    expect((await stage.person('GET', `/channels/${mine.id}/keys`)).json.keys).toHaveLength(1);
    expect((await stage.person('GET', `/broadcasts/${broadcast}`)).json.state).toBe('starting');
  });

  test('are at most twenty per channel', async () => {
    const { json: channel } = await stage.person('POST', '/channels', { title: 'Many keys' });
    const path = `/channels/${channel.id}/keys`;
    for (let i = 0; i < 20; i++) expect((await stage.person('POST', path, {})).status).toBe(201);
    const over = await stage.person('POST', path, {});
    expect([over.status, over.json.code]).toEqual([409, 'conflict']);
  });
});

describe('calls that are not there', () => {
  test.each([
    ['PUT', '/channels', 'GET, HEAD, POST'],
    ['PUT', '/channels/x', 'GET, HEAD, PATCH, DELETE'],
    ['DELETE', '/channels/x/keys', 'GET, HEAD, POST'],
    ['POST', '/broadcasts', 'GET, HEAD'],
    ['PUT', '/broadcasts/x', 'GET, HEAD, PATCH, DELETE'],
    ['POST', '/origins', 'GET, HEAD'],
    ['POST', '/live', 'GET, HEAD'],
    ['DELETE', '/watch/x', 'GET, HEAD'],
    ['GET', '/origin/publish', 'POST'],
  ])('%s %s is answered with 405', async (method, path, allow) => {
    const answer = await stage.person(method, path);
    expect([answer.status, answer.json.code]).toEqual([405, 'method_not_allowed']);
    expect(answer.headers.get('allow')).toBe(allow);
  });

  test('an unknown path is answered with 404', async () => {
    expect((await stage.person('GET', '/users')).json.code).toBe('not_found');
  });
});
