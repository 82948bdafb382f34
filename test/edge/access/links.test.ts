import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AccessPops } from '../../support/access-pops.ts';

let pops: AccessPops;
const live = 'b_00000000000000000001';
const clipId = 'cl_00000000000000000003';
const over = 'b_00000000000000000002';
beforeAll(async () => {
  pops = await AccessPops.start({ DEPLOYMENT: 'stage' });
  for (const id of ['main', 'quiet', 'paged']) {
    await pops.sql("INSERT INTO channels (id, title, created_ms) VALUES (?1, 'M', 1)", id);
  }
  for (const [id, state] of [
    [live, 'live'],
    [over, 'ended'],
  ]) {
    await pops.sql(
      `INSERT INTO broadcasts (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms)
       VALUES (?1, 'main', 'sk', 'o', ?2, 1, 1, 1)`,
      id,
      state,
    );
  }
  await pops.sql(
    `INSERT INTO clips
       (id, broadcast, channel, title, start_ms, end_ms, start_offset_ms, end_offset_ms, visibility, created_ms)
     VALUES (?1, ?2, 'main', 'C', 1, 2, 0, 1, 'signed', 1)`,
    clipId,
    over,
  );
}, 60_000);
afterAll(() => pops?.stop());

const hourMs = 3_600_000;

test('the first link makes a key; its token says what was asked for, is told once, and every PoP can check it', async () => {
  const beforeMs = Date.now();
  const restrictions = {
    ...{ uses: 3, sites: ['example.com'], countries: ['DE', '!US', '*'], net: ['192.0.2.0/24', '2001:db8::/56'] },
    ...{
      maxHeight: 720,
      viewer: 'anna',
      maxStreams: 2,
      whenFull: 'end-oldest',
      start: 100,
      end: 200,
      label: 'for Anna',
    },
  };
  const made = await pops.api('POST', '/links', {
    channel: 'main',
    preset: '1h',
    scopes: ['live', 'replay'],
    ...restrictions,
  });
  expect(made.status).toBe(201);
  const { token, id, kid, expiresMs, urls } = made.json;
  expect(Math.abs(expiresMs - beforeMs - hourMs)).toBeLessThan(60_000);
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', kid, typ: 'JWT' });
  expect(decodeJwt(token)).toEqual({
    ...{ iss: 'stage', aud: 'stage', jti: id, iat: expect.any(Number), exp: expiresMs / 1_000 },
    ...{ res: 'channel:main', scp: ['live', 'replay'], sub: 'anna', max_height: 720, start: 100, end: 200 },
    ...{ geo: ['DE', '!US', '*'], net: ['192.0.2.0/24', '2001:db8::/56'], sites: ['example.com'] },
    ...{ max_streams: 2, when_full: 'end-oldest', uses: 3 },
  });
  expect(urls).toEqual({
    watch: `/watch/main#token=${token}`,
    embed: `/embed/main?token=${token}`,
    hls: `/t/${token}/live/main/index.m3u8`,
    dash: `/t/${token}/live/main/index.mpd`,
    download: null,
  });
  expect((await pops.ask('sin', 'POST', '/verify', token)).json.payload.jti).toBe(id);
  const read = await pops.api('GET', `/links/${id}`);
  expect(read.json).toMatchObject({
    ...{ id, state: 'active', channel: 'main', broadcast: null, kid, createdBy: 'administrator', label: 'for Anna' },
    ...{ uses: 0, usesMax: 3, lastUseMs: null, settings: { sub: 'anna', max_streams: 2 } },
  });
  const rows = JSON.stringify([
    ...(await pops.sql('SELECT * FROM links')),
    ...(await pops.sql('SELECT * FROM signing_keys')),
  ]);
  for (const part of token.split('.').slice(1)) expect(rows + read.text).not.toContain(part);
});

test('without a word about time a link is good for a day; with renewal its sessions last longer', async () => {
  const day = (await pops.api('POST', '/links', { channel: 'main' })).json;
  expect(Math.round((day.expiresMs - day.createdMs) / hourMs)).toBe(24);
  expect(day.scopes).toEqual(['live', 'dvr', 'replay', 'clip']);
  const [expiresMs, renewUntilMs] = [Date.now() + 60_000, Date.now() + 5 * hourMs];
  const { token } = (await pops.api('POST', '/links', { channel: 'main', expiresMs, renewUntilMs })).json;
  expect(decodeJwt(token)).toMatchObject({
    exp: Math.ceil(expiresMs / 1_000),
    renew_until: Math.ceil(renewUntilMs / 1_000),
  });
});

test('a link until the end is for the broadcast that is open, and for nothing once that is over', async () => {
  const { json } = await pops.api('POST', '/links', { channel: 'main', preset: 'until-end' });
  expect(json).toMatchObject({ channel: 'main', broadcast: live, scopes: ['live', 'dvr'], state: 'active' });
  expect(decodeJwt(json.token)).toMatchObject({ res: `broadcast:${live}`, scp: ['live', 'dvr'] });
  expect(json.urls.hls).toBe(`/t/${json.token}/b/${live}/index.m3u8`);
  expect(json.urls.embed).toBe(`/embed/main?token=${json.token}`);
  expect(Math.round((json.expiresMs - json.createdMs) / hourMs)).toBe(24);
  await pops.sql("UPDATE broadcasts SET state = 'ended' WHERE id = ?1", live);
  expect((await pops.api('GET', `/links/${json.id}`)).json.state).toBe('ended');
  await pops.sql("UPDATE broadcasts SET state = 'live' WHERE id = ?1", live);
  for (const body of [{ channel: 'quiet' }, { broadcast: over }]) {
    const answer = await pops.api('POST', '/links', { ...body, preset: 'until-end' });
    expect([answer.status, answer.json.reason]).toEqual([409, 'nothing_live']);
  }
});

test('replays and clips have links of their own', async () => {
  const replay = (await pops.api('POST', '/links', { broadcast: over })).json;
  expect(replay).toMatchObject({ channel: 'main', broadcast: over, state: 'active' });
  expect(replay.urls.dash).toBe(`/t/${replay.token}/b/${over}/index.mpd`);
  expect(replay.urls.watch).toBe(`/replay/${over}#token=${replay.token}`);
  expect(replay.urls.embed).toBe(`/embed/replay/${over}?token=${replay.token}`);
  const download = (await pops.api('POST', '/links', { broadcast: over, scopes: ['replay', 'download'] })).json;
  expect(decodeJwt(download.token).scp).toEqual(['replay', 'download']);
  expect(download.urls.download).toBe(`/t/${download.token}/b/${over}/download.mp4`);
  for (const body of [{ clip: clipId }, { clip: clipId, channel: 'main' }]) {
    const clip = (await pops.api('POST', '/links', body)).json;
    expect([decodeJwt(clip.token).res, clip.channel]).toEqual([`clip:${clipId}`, 'main']);
    expect(clip.urls).toEqual({
      watch: `/clip/${clipId}#token=${clip.token}`,
      embed: `/embed/clip/${clipId}?token=${clip.token}`,
      hls: `/t/${clip.token}/clip/${clipId}/index.m3u8`,
      dash: `/t/${clip.token}/clip/${clipId}/index.mpd`,
      download: null,
    });
  }
});

test('the file is among the addresses of a link only where its token has it', async () => {
  const scopes = ['replay', 'clip', 'download'];
  const download = async (body: object) => {
    const { status, json } = await pops.api('POST', '/links', { scopes, ...body });
    expect(status).toBe(201);
    return json.urls.download?.replace(json.token, '…') ?? null;
  };
  const cuts = [{ uses: 3 }, { viewer: 'v', maxStreams: 1 }, { maxHeight: 720 }, { start: 1 }, { end: 1 }];
  for (const cut of cuts) expect(await download({ broadcast: over, ...cut }), JSON.stringify(cut)).toBeNull();
  expect(await download({ broadcast: over })).toBe(`/t/…/b/${over}/download.mp4`);
  // The clip is from 1 to 2 ms.
  expect(await download({ clip: clipId, start: 1 })).toBeNull();
  expect(await download({ clip: clipId, start: 0, end: 1 })).toBe(`/t/…/clip/${clipId}/download.mp4`);
  const whole = { clip: clipId, scopes: ['download'], end: 1 };
  expect((await pops.api('POST', '/links', whole)).status).toBe(201);
});

test('a link with so many sites that no PoP would read its token is refused', async () => {
  const sites = Array.from({ length: 32 }, (_, i) => `${'a'.repeat(86)}${10 + i}.com`);
  const { status, json } = await pops.api('POST', '/links', { channel: 'main', sites });
  expect([status, json.detail]).toEqual([400, expect.stringMatching(/^sites, net, countries: /)]);
  expect((await pops.api('POST', '/links', { channel: 'main', sites: sites.slice(0, 20) })).status).toBe(201);
});

test('a link that passes over the list of sites is for files alone', async () => {
  const files = { clip: clipId, scopes: ['download'], anySite: true };
  const { status, json } = await pops.api('POST', '/links', files);
  expect([status, decodeJwt(json.token)]).toMatchObject([201, { scp: ['download'], any_site: true }]);
  expect(json).toMatchObject({
    settings: { any_site: true },
    urls: { download: `/t/${json.token}/clip/${clipId}/download.mp4` },
  });
  const wrong = [
    { scopes: ['clip', 'download'] },
    { scopes: undefined },
    { sites: ['example.com'] },
    { anySite: false },
  ];
  for (const one of wrong) expect((await pops.api('POST', '/links', { ...files, ...one })).status).toBe(400);
});

test('a channel’s own key signs its links', async () => {
  const { json: own } = await pops.api('POST', '/signing-keys', { algorithm: 'EdDSA', channel: 'quiet' });
  const quiet = (await pops.api('POST', '/links', { channel: 'quiet' })).json;
  const main = (await pops.api('POST', '/links', { channel: 'main' })).json;
  expect([quiet.kid === own.kid, main.kid === own.kid]).toEqual([true, false]);
  expect((await pops.ask('nyc', 'POST', '/verify', quiet.token)).json).toMatchObject({
    channel: 'quiet',
    algorithm: 'EdDSA',
  });
});

test('a revoked link says so, and its revocation lasts as long as it would have', async () => {
  const { json } = await pops.api('POST', '/links', { channel: 'main', preset: '1h' });
  for (let i = 0; i < 2; i++) expect((await pops.api('DELETE', `/links/${json.id}`)).status).toBe(204);
  expect((await pops.api('GET', `/links/${json.id}`)).json).toMatchObject({
    state: 'revoked',
    revokedMs: expect.any(Number),
  });
  const { json: list } = await pops.api('GET', '/revocations?kind=link&limit=1');
  expect(list.revocations).toMatchObject([{ value: json.id }]);
  expect(list.revocations[0].untilMs).toBeGreaterThan(json.expiresMs);
  expect((await pops.api('DELETE', '/links/ln_nothing')).status).toBe(404);
});

test('links are listed page by page, newest first, of a channel or of all; long ended ones are forgotten', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    const { json } = await pops.api('POST', '/links', { channel: 'paged' });
    ids.push(json.id);
    // Ids are ordered by the millisecond that they were made in.
    while (Date.now() <= json.createdMs);
  }
  const first = (await pops.api('GET', '/links?channel=paged&limit=2')).json;
  const second = (await pops.api('GET', `/links?channel=paged&limit=2&cursor=${first.next}`)).json;
  const listed = [...first.links, ...second.links].map((link) => link.id);
  expect([listed, second.next]).toEqual([ids.toReversed(), null]);
  expect((await pops.api('GET', '/links')).json.links.length).toBeGreaterThan(3);
  await pops.sql('UPDATE links SET expires_ms = 1 WHERE id = ?1', ids[0]);
  expect((await pops.api('GET', `/links/${ids[0]}`)).json.state).toBe('expired');
  await pops.api('POST', '/links', { channel: 'main' });
  expect((await pops.api('GET', `/links/${ids[0]}`)).status).toBe(404);
});

test.each([
  [400, {}],
  [400, { broadcast: over, clip: clipId }],
  [404, { channel: 'nobody' }],
  [404, { broadcast: 'b_99999999999999999999' }],
  [404, { broadcast: over, channel: 'quiet' }],
  [404, { clip: 'cl_99999999999999999999' }],
  [404, { clip: clipId, channel: 'quiet' }],
  [400, { channel: 'main', preset: '2h' }],
  [400, { channel: 'main', preset: '1h', expiresMs: Date.now() + 1_000_000 }],
  [400, { channel: 'main', expiresMs: 1_000 }],
  [400, { channel: 'main', expiresMs: Date.now() + 40 * 24 * hourMs }],
  [400, { channel: 'main', renewUntilMs: Date.now() + 60_000 }],
  [400, { channel: 'main', preset: 'until-end', scopes: ['replay'] }],
  [400, { channel: 'main', preset: 'until-end', renewUntilMs: Date.now() + 48 * hourMs }],
  [400, { channel: 'main', clip: clipId, preset: 'until-end' }],
  [400, { channel: 'main', maxStreams: 2 }],
  [400, { channel: 'main', viewer: 'v', whenFull: 'end-oldest' }],
  [400, { channel: 'main', start: 5, end: 5 }],
  [400, { channel: 'main', uses: 0 }],
  [400, { channel: 'main', countries: ['Germany'] }],
  [400, { channel: 'main', net: ['here'] }],
  [400, { channel: 'main', net: ['203.0.113/24'] }],
  [400, { channel: 'main', net: ['10.0.0.0/33'] }],
  [400, { broadcast: over, scopes: ['download'], uses: 3 }],
  [400, { broadcast: over, scopes: ['download'], viewer: 'v', maxStreams: 1 }],
  [400, { broadcast: over, scopes: ['download'], maxHeight: 720 }],
  [400, { broadcast: over, scopes: ['download'], end: 5 }],
  [400, { clip: clipId, scopes: ['download'], start: 5 }],
  [400, { channel: 'main', sites: ['https://example.com'] }],
  [400, { channel: 'main', scopes: ['all'] }],
  [400, { channel: 'main', scopes: [] }],
  [400, { channel: '../main' }],
])('%i for %j', async (status, body) => {
  const answer = await pops.api('POST', '/links', body);
  expect([answer.status, answer.json.token]).toEqual([status, undefined]);
});
