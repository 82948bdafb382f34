import { afterAll, beforeAll, expect, test } from 'vitest';
import { distinct, EdgeStage } from '../support/edge-stage.ts';
import { ForeignServer } from '../support/foreign-server.ts';
import { pollUntil } from '../support/poll.ts';
import { enterKeys, mintJwt, newTestKey } from '../support/token-mint.ts';

let server: ForeignServer;
let other: ForeignServer;
let stage: EdgeStage;
const key = newTestKey('es', 'ES256');

beforeAll(async () => {
  [server, other] = await Promise.all([ForeignServer.start(), ForeignServer.start()]);
  stage = await EdgeStage.start({ vars: { FOREIGN_HOSTS: `${server.host} ${other.host}` } });
  await enterKeys(stage.edge, [key]);
}, 30_000);
afterAll(async () => {
  await stage?.stop();
  await server?.stop();
  await other?.stop();
});

let channels = 0;

/** A channel that plays `path` of the foreign server; each with a folder of its own. */
async function foreignChannel(file = 'index.m3u8', visibility = 'public') {
  const folder = `/live/tv${++channels}/`;
  const channel = await stage.edge.addChannel(visibility);
  await stage.edge.sql('UPDATE channels SET source_url = ?1 WHERE id = ?2', server.url + folder + file, channel);
  return { channel, folder };
}

const multivariant = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv/720p.m3u8\n';
const media = (first: number, tags = '') =>
  `#EXTM3U\n#EXT-X-TARGETDURATION:2\n${tags}#EXT-X-MEDIA-SEQUENCE:${first}\n#EXTINF:2,\n${first}.ts\n`;

test('manifest, playlist and segment of a crowd on two PoPs are one request each per region', async () => {
  const { channel, folder } = await foreignChannel();
  server.put(`${folder}index.m3u8`, multivariant);
  server.put(`${folder}v/720p.m3u8`, media(7));
  server.put(`${folder}v/7.ts`, 'segment', { 'set-cookie': 'session=1', 'content-type': 'text/html' });
  const paths = [`/live/${channel}/index.m3u8`, `/x/${channel}/v/720p.m3u8`, `/x/${channel}/v/7.ts`];
  const bodies = [multivariant.replace('v/', `../../x/${channel}/v/`), media(7), 'segment'];
  for (const [index, path] of paths.entries()) {
    const replies = await Promise.all([...stage.crowd(20, path, 'fra'), ...stage.crowd(20, path, 'ams')]);
    expect(distinct(replies.map(({ status, text }) => `${status} ${text}`))).toEqual([`200 ${bodies[index]}`]);
  }
  for (const file of ['index.m3u8', 'v/720p.m3u8', 'v/7.ts']) expect(server.count(folder + file)).toBe(1);
});

test('of viewers nothing goes there, and of the server only type, lifetime and bytes come back', async () => {
  const { channel, folder } = await foreignChannel();
  server.put(`${folder}7.ts`, '0123456789', { 'set-cookie': 'session=1', 'content-type': 'text/html', 'x-a': 'b' });
  const secrets = { cookie: 'viewer=1', authorization: 'Bearer viewer', 'x-forwarded-for': '192.0.2.1' };
  const headers = { ...secrets, referer: 'https://viewer.example/', range: 'bytes=2-4' };
  const reply = await stage.get(`/x/${channel}/7.ts?CMCD=sid&token=viewer`, 'fra', { headers });
  expect([reply.status, reply.text, reply.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10']);
  expect(reply.headers).toMatchObject({
    'content-type': 'video/mp2t',
    'cache-control': 'public, max-age=60',
    'access-control-allow-origin': '*',
    'x-content-type-options': 'nosniff',
  });
  expect(Object.keys(reply.headers)).not.toContain('set-cookie');
  expect(Object.keys(reply.headers)).not.toContain('x-a');
  expect(JSON.stringify(server.seen.filter(({ target }) => target.startsWith(folder)))).not.toMatch(/viewer|192\.0\.2/);
});

test('a query of the source’s own reaches it through the path', async () => {
  const { channel, folder } = await foreignChannel();
  server.put(`${folder}index.m3u8`, '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n7.ts?key=a%2Fb&n=1\n');
  server.put(`${folder}7.ts?key=a%2Fb&n=1`, 'segment');
  const uri = (await stage.get(`/x/${channel}/index.m3u8`)).text.split('\n')[3] ?? '';
  expect(uri).toBe('./7.ts%3Fkey=a%2Fb&n=1');
  expect((await stage.get(`/x/${channel}/${uri.replace('./', '')}`)).text).toBe('segment');
});

test('redirects and URIs are followed to listed hosts only', async () => {
  const { channel, folder } = await foreignChannel();
  const redirect = (to: string) => (_: unknown, response: import('node:http').ServerResponse) =>
    response.writeHead(302, { location: to }).end();
  server.on(`${folder}1.ts`, redirect(`${other.url}/elsewhere/1.ts`));
  server.on(`${folder}2.ts`, redirect('http://169.254.169.254/latest/meta-data'));
  server.on(`${folder}3.ts`, redirect(`http://2130706433:${other.host.split(':')[1]}/elsewhere/1.ts`));
  server.on(`${folder}4.ts`, redirect(`${folder}4.ts`));
  other.put('/elsewhere/1.ts', 'segment');
  expect((await stage.get(`/x/${channel}/1.ts`)).text).toBe('segment');
  for (const file of ['2.ts', '3.ts', '4.ts']) {
    expect((await stage.get(`/x/${channel}/${file}`)).status).toBe(502);
  }
  expect((await stage.get(`/x/${channel}/~/${other.host}/elsewhere/1.ts`)).text).toBe('segment');
  const origin = new URL(stage.origin.url).host;
  expect((await stage.get(`/x/${channel}/~/${origin}/b/x`)).status).toBe(404);
  expect((await stage.get(`/x/${channel}/~/169.254.169.254/latest`)).status).toBe(404);
});

test('addresses that lead nowhere do not shut the source for those who play it', async () => {
  const { channel, folder } = await foreignChannel();
  server.put(`${folder}index.m3u8`, media(7));
  for (let n = 1; n <= 6; n++) {
    server.on(`${folder}junk.ts?n=${n}`, (_, response) =>
      (n % 2 === 0 ? response.writeHead(302, { location: 'https://login.example/' }) : response.writeHead(500)).end(),
    );
    expect((await stage.get(`/x/${channel}/junk.ts%3Fn=${n}`)).status).toBe(502);
  }
  expect((await stage.get(`/x/${channel}/index.m3u8`)).status).toBe(200);
});

test('a channel without a source, an unknown one, one that is not open, a token that nobody gave', async () => {
  const plain = await stage.edge.addChannel();
  expect((await stage.get(`/x/${plain}/1.ts`)).status).toBe(404);
  expect((await stage.get('/x/nobody/1.ts')).status).toBe(404);
  const { channel, folder } = await foreignChannel('index.m3u8', 'signed');
  expect((await stage.get(`/x/${channel}/1.ts`)).status).toBe(401);
  expect((await stage.get(`/t/token/x/${channel}/1.ts`)).status).toBe(401);
  expect((await stage.get(`/live/${channel}/index.m3u8`)).status).toBe(401);
  expect(server.seen.some(({ target }) => target.startsWith(folder))).toBe(false);
});

test('what a token limits holds for a manifest whose name does not tell that it is one', async () => {
  const { channel, folder } = await foreignChannel('index.m3u8', 'signed');
  const variant = (height: number, uri: string) => `#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=320x${height}\n${uri}\n`;
  const list = `#EXTM3U\n${variant(180, 'low.m3u8')}${variant(720, 'high.m3u8')}`;
  server.put(`${folder}list`, list, { 'content-type': 'application/vnd.apple.mpegurl' });
  server.put(`${folder}index.m3u8`, list);
  const claims = { aud: 'headwater', res: `channel:${channel}`, exp: Math.floor(Date.now() / 1_000) + 60 };
  const low = `/t/${mintJwt(key, { ...claims, max_height: 240 })}/x/${channel}`;
  for (const name of ['list', 'index.m3u8']) {
    const { status, text } = await stage.get(`${low}/${name}`);
    expect([name, status, text]).toEqual([name, 200, `#EXTM3U\n${variant(180, 'low.m3u8')}`]);
  }
  expect((await stage.get(`${low}/index%2em3u8`)).status).toBe(404);
  expect((await stage.get(`/t/${mintJwt(key, claims)}/x/${channel}/list`)).text).toBe(list);
});

test('a DASH source under the channel’s own address', async () => {
  const { channel, folder } = await foreignChannel('manifest.mpd');
  server.put(`${folder}manifest.mpd`, '<MPD type="dynamic"><Period/></MPD>');
  const { headers, text } = await stage.get(`/live/${channel}/index.mpd`);
  expect(headers['content-type']).toBe('application/dash+xml');
  expect(text).toBe(`<MPD type="dynamic"><BaseURL>../../x/${channel}/</BaseURL><Period/></MPD>`);
  const hls = await stage.get(`/live/${channel}/index.m3u8`);
  expect([hls.status, JSON.parse(hls.text).detail]).toEqual([404, expect.stringContaining('index.mpd')]);
});

test('blocking reloads go to a server that holds them, once, and to no other', async () => {
  const { channel, folder } = await foreignChannel();
  const tags = '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1\n#EXT-X-PART-INF:PART-TARGET=0.5\n';
  const part = (number: number) => `#EXT-X-PART:DURATION=0.5,URI="8.${number}.mp4"\n`;
  const path = `/x/${channel}/v/ll.m3u8`;
  server.put(`${folder}v/ll.m3u8`, media(7, tags) + part(0));
  expect((await stage.get(path)).text).toContain('8.0.mp4');
  const next = '?_HLS_msn=8&_HLS_part=1';
  const waiting: import('node:http').ServerResponse[] = [];
  server.on(`${folder}v/ll.m3u8${next}`, (_, response) => waiting.push(response));
  const viewers = [...stage.crowd(20, path + next, 'fra'), ...stage.crowd(20, path + next, 'ams')];
  await pollUntil(() => waiting.length === 1, 'the hold');
  await stage.reached('fra');
  await stage.reached('ams');
  waiting[0]?.end(media(7, tags) + part(0) + part(1));
  const replies = await Promise.all(viewers);
  expect(distinct(replies.map(({ status, text }) => `${status} ${text.includes('8.1.mp4')}`))).toEqual(['200 true']);
  expect(waiting.length).toBe(1);
  expect((await stage.get(`${path}?_HLS_msn=99`)).status).toBe(400);
  expect((await stage.get(`${path}?_HLS_part=1`)).status).toBe(400);
  // Its last playlist need not say how to wait for another.
  const last = '?_HLS_msn=8&_HLS_part=2';
  server.on(`${folder}v/ll.m3u8${last}`, (_, response) => waiting.push(response));
  const leaving = [...stage.crowd(20, path + last, 'fra'), ...stage.crowd(20, path + last, 'ams')];
  await pollUntil(() => waiting.length === 2, 'the last hold');
  const ended = `${media(7)}#EXT-X-ENDLIST\n`;
  server.put(`${folder}v/ll.m3u8`, ended);
  waiting[1]?.end(ended);
  const goodbyes = await Promise.all(leaving);
  expect(distinct(goodbyes.map(({ status, text }) => `${status} ${text}`))).toEqual([`200 ${ended}`]);
  server.put(`${folder}v/plain.m3u8`, media(7));
  expect((await stage.get(`/x/${channel}/v/plain.m3u8?_HLS_msn=99`)).text).toBe(media(7));
  expect(server.count(`${folder}v/plain.m3u8?_HLS_msn=99`)).toBe(0);
});

test('what is no manifest is not passed on as one, errors are ours, and a page is no page', async () => {
  const { channel, folder } = await foreignChannel();
  server.put(`${folder}index.m3u8`, '<html>login</html>', { 'content-type': 'text/html' });
  server.put(`${folder}admin`, '<script>1</script>', { 'content-type': 'text/html' });
  const bad = await stage.get(`/live/${channel}/index.m3u8`);
  expect([bad.status, bad.headers['content-type']]).toEqual([502, 'application/problem+json']);
  expect((await stage.get(`/x/${channel}/admin`)).headers['content-type']).toBe('application/octet-stream');
  const missing = await stage.get(`/x/${channel}/9.ts`);
  expect([missing.status, missing.headers['cache-control'], missing.text.includes('<')]).toEqual([
    404,
    'public, max-age=1',
    false,
  ]);
});

test('while the server fails, what was there is used for a bounded time; one bad answer is not seen', async () => {
  const { channel, folder } = await foreignChannel();
  const path = `/x/${channel}/v/720p.m3u8`;
  server.put(`${folder}v/720p.m3u8`, media(7));
  expect((await stage.get(path)).text).toBe(media(7));
  const from = server.count(`${folder}v/720p.m3u8`);
  server.on(`${folder}v/720p.m3u8`, (_, response) => response.writeHead(500).end());
  await pollUntil(async () => {
    expect((await stage.get(path)).text).toBe(media(7));
    return server.count(`${folder}v/720p.m3u8`) > from;
  }, 'the server to be asked again');
  server.on(`${folder}8.ts`, (_, response) => {
    server.put(`${folder}8.ts`, 'segment');
    response.writeHead(502).end();
  });
  expect((await stage.get(`/x/${channel}/8.ts`)).text).toBe('segment');
});

test('a compressed bomb is cut off', async () => {
  const { channel, folder } = await foreignChannel();
  const { gzipSync } = await import('node:zlib');
  const bomb = gzipSync(Buffer.alloc(64 * 1_024 * 1_024));
  server.put(`${folder}9.ts`, bomb, { 'content-encoding': 'gzip', 'content-length': String(bomb.byteLength) });
  const { status, body } = await stage.get(`/x/${channel}/9.ts`);
  expect([status, body.byteLength]).toEqual([502, expect.any(Number)]);
});
