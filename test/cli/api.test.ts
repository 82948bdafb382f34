import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApiDouble } from '../support/api-double.ts';
import { cli } from '../support/cli-run.ts';

let api: ApiDouble;
beforeEach(async () => {
  api = await ApiDouble.start();
});
afterEach(() => api.stop());

const env = (url = api.url) => ({ HEADWATER_URL: url, HEADWATER_TOKEN: 'right-token' });
const asJson = async (...args: string[]) => {
  const { code, out, err } = await cli([...args, '--json'], { env: env() });
  return { code, out, error: JSON.parse(err).error };
};

const channel = (id: string) => ({
  id,
  title: id,
  state: 'live',
  visibility: 'public',
  latency: 'low',
  disabled: false,
});

it('follows pages', async () => {
  api.json('GET /api/v1/channels?limit=100', { channels: [channel('a')], next: 'a' });
  api.json('GET /api/v1/channels?limit=100&cursor=a', { channels: [channel('b')], next: null });
  const { json } = await cli(['channel', 'list', '--all', '--json'], { env: env() });
  expect(json).toEqual({ channels: [channel('a'), channel('b')], more: false });
});

it('stops at the limit and says that there is more', async () => {
  api.json('GET /api/v1/channels?limit=1', { channels: [channel('a')], next: 'a' });
  const { out } = await cli(['channel', 'list', '--limit', '1'], { env: env() });
  expect(out).toBe(
    'ID  STATE  VISIBILITY  LATENCY  TITLE\na   live   public      low      a\nThere are more: --limit <n> or --all.\n',
  );
  expect(api.lines).toEqual(['GET /api/v1/channels?limit=1']);
});

it('explains a problem document', async () => {
  const problem = {
    type: 'urn:x',
    title: 'Clash',
    status: 409,
    code: 'conflict',
    detail: 'There is a channel news already.',
  };
  api.json('POST /api/v1/channels', problem, 409);
  const { code, out, error } = await asJson('channel', 'create', '--title', 'News');
  expect([code, out]).toEqual([1, '']);
  expect(error).toEqual({
    code: 'conflict',
    message: 'There is a channel news already.',
    hint: 'Choose another id, or delete what is in the way.',
    status: 409,
  });
});

it('says where a refused token came from, and not what it is', async () => {
  api.json('GET /api/v1/origins', { code: 'unauthorized', detail: 'The API token is not the right one.' }, 401);
  const { code, err } = await cli(['origin', 'list'], { env: env() });
  expect(code).toBe(1);
  expect(err).toBe(
    'error  The API token is not the right one. (unauthorized)\n' +
      '  The token is from HEADWATER_TOKEN. It must be the API_TOKEN of this deployment, or one of "headwater token list" that is good.\n',
  );
});

it('an id is one part of a path whatever was typed', async () => {
  await cli(['channel', 'show', '../origins?x=1'], { env: env() });
  expect(api.lines).toEqual(['GET /api/v1/channels/..%2Forigins%3Fx%3D1']);
  const { code, err } = await cli(['channel', 'delete', '..', '--yes'], { env: env() });
  expect([code, api.lines.length]).toEqual([1, 1]);
  expect(err).toContain('is no id');
});

it('does not follow a redirect with the token', async () => {
  const other = await ApiDouble.start();
  api.on('GET /api/v1/origins', (_, response) => response.writeHead(302, { location: `${other.url}/` }).end());
  const { code, error } = await asJson('origin', 'list');
  expect([code, error.code, other.calls]).toEqual([1, 'redirected', []]);
  await other.stop();
});

it.each([
  ['not JSON', 200, '<html>'],
  ['no list', 200, '{}'],
  ['no problem document', 502, 'Bad gateway\u001b[2J'],
])('what answers with %s is not taken for Headwater', async (_, status, body) => {
  api.on('GET /api/v1/channels', (_call, response) => response.writeHead(status).end(body));
  const { code, error } = await asJson('channel', 'list');
  expect([code, error.code]).toEqual([1, 'not_headwater']);
  expect(error.message).not.toContain('\u001b');
});

it('a dead server', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise((resolve) => server.close(resolve));
  const { code, err } = await cli(['channel', 'list'], { env: env(url) });
  expect(code).toBe(1);
  expect(err).toBe(
    `error  Nothing answers at ${url} (ECONNREFUSED). (unreachable)\n` +
      '  Start a stack here with npx headwater up, or name another address with --url or HEADWATER_URL.\n',
  );
});

it('a server that hangs up in the middle', async () => {
  api.on('GET /api/v1/channels', (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"channels"', () => response.destroy());
  });
  expect((await asJson('channel', 'list')).error.code).toBe('unreachable');
});

it('asks before it deletes, and without a terminal wants --yes', async () => {
  api.json('DELETE /api/v1/channels/news', null, 204);
  expect((await cli(['channel', 'delete', 'news'], { env: env() })).code).toBe(2);
  const no = await cli(['channel', 'delete', 'news'], { env: env(), typed: 'n\n' });
  expect([no.code, no.err.includes('(not_confirmed)'), api.lines]).toEqual([1, true, []]);
  expect((await cli(['channel', 'delete', 'news'], { env: env(), typed: '' })).code).toBe(1);
  const yes = await cli(['channel', 'delete', 'news'], { env: env(), typed: 'y\n' });
  expect([yes.code, yes.out, api.lines]).toEqual([0, 'Deleted channel news.\n', ['DELETE /api/v1/channels/news']]);
});
