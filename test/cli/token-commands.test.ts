import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApiDouble } from '../support/api-double.ts';
import { cli } from '../support/cli-run.ts';

let api: ApiDouble;
beforeEach(async () => {
  api = await ApiDouble.start();
});
afterEach(() => api.stop());

const expiresMs = Date.UTC(2099, 0, 1);
const token = {
  ...{ id: 'tk_1', role: 'owner', channel: 'news', label: 'anchor', createdBy: 'admin', createdMs: 1 },
  ...{ expiresMs: null, lastUsedMs: null, revokedMs: null },
};

function headwater(...args: string[]) {
  return cli(args, { env: { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token' } });
}

it('makes a token with a role and an end, and shows it this once', async () => {
  api.json('POST /api/v1/tokens', { ...token, expiresMs, token: 'hw_secret' }, 201);
  const time = '2099-01-01T00:00:00Z';
  const owner = ['token', 'create', '--role', 'owner', '--channel', 'news', '--label', 'anchor', '--expires', time];
  const { code, out } = await headwater(...owner);
  expect(code).toBe(0);
  expect(out.replace(/in \d+ d/, 'in … d')).toBe(`id     tk_1
may    read and change channel news
until  2099-01-01 00:00:00 UTC (in … d)
label  anchor
token  hw_secret
The token is not shown again. Keep it in a file that only its user can read: --token-file <path>.
`);
  api.json('POST /api/v1/tokens', { ...token, role: 'admin', channel: null, token: 'hw_secret' }, 201);
  expect((await headwater('token', 'create', '--role', 'admin')).out).toMatch(
    /may +everything\nuntil +it is revoked\n/,
  );
  api.json('POST /api/v1/tokens', { ...token, role: 'viewer', channel: null, token: 'hw_secret' }, 201);
  expect((await headwater('token', 'create', '--role', 'viewer', '--for', '30d')).out).toContain('read all channels');
  const bodies = api.calls.map(({ body }) => body as { readonly expiresMs?: number });
  expect(bodies.slice(0, 2)).toEqual([
    { role: 'owner', channel: 'news', label: 'anchor', expiresMs },
    { role: 'admin' },
  ]);
  const leftMs = (bodies[2]?.expiresMs ?? 0) - Date.now();
  expect([leftMs > 29 * 86_400_000, leftMs <= 30 * 86_400_000]).toEqual([true, true]);
});

it.each([
  [[], "required option '--role <role>'"],
  [['--role', 'owner'], 'Add --channel <channel>.'],
  [['--role', 'admin', '--channel', 'news'], 'An admin has all channels.'],
  [['--role', 'king'], 'Allowed choices are admin, owner, viewer'],
  [['--role', 'viewer', '--expires', '2020-01-01T00:00:00Z'], '--expires lies in the past.'],
])('a token with %o is used wrongly, and nothing is asked of the API', async (options, words) => {
  const { code, err } = await headwater('token', 'create', ...options);
  expect([code, api.calls.length]).toEqual([2, 0]);
  expect(err).toContain(words);
});

it('lists tokens by their state, and revokes one when it was meant', async () => {
  const tokens = [token, { ...token, id: 'tk_2', revokedMs: 5 }, { ...token, id: 'tk_3', expiresMs: 5 }];
  api.json('GET /api/v1/tokens', { tokens, next: null });
  api.json('DELETE /api/v1/tokens/tk_1', null, 204);
  const { out } = await headwater('token', 'list');
  const rows = out.split('\n').map((line) => line.split(/ {2,}/));
  expect(rows[0]).toEqual(['ID', 'STATE', 'ROLE', 'CHANNEL', 'UNTIL', 'LAST USED', 'MADE', 'BY', 'LABEL']);
  expect(rows.slice(1, 4).map((row) => row.slice(0, 4))).toEqual([
    ['tk_1', 'good', 'owner', 'news'],
    ['tk_2', 'revoked', 'owner', 'news'],
    ['tk_3', 'over', 'owner', 'news'],
  ]);
  expect((await headwater('token', 'revoke', 'tk_1')).code).toBe(2);
  expect((await headwater('token', 'revoke', 'tk_1', '--yes', '--json')).json).toEqual({ revoked: 'tk_1' });
  expect(api.lines).toEqual(['GET /api/v1/tokens?limit=50', 'DELETE /api/v1/tokens/tk_1']);
});
