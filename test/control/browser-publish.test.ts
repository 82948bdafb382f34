import { afterEach, expect, it, vi } from 'vitest';
import { publishFromBrowser } from '../../workers/control/browser-publish.ts';

type Call = Parameters<typeof publishFromBrowser>;

afterEach(() => vi.unstubAllGlobals());

it.each([
  [503, 503, 'overloaded'],
  [404, 502, 'upstream_failed'],
])('an origin that answers a browser with %i: %i %s', async (answered, status, code) => {
  const origin = { origin: 'o-1', url: 'http://origin.test', kid: null, master: null, seenMs: Date.now(), isHome: 1 };
  const row = { ...origin, load: 0, draining: 0, ingest: null, held: 1 };
  const DB = { prepare: () => ({ bind: () => ({ all: async () => ({ results: [row] }) }) }) };
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(new URL(url).pathname);
    return new Response(null, { status: answered });
  });
  const headers = { upgrade: 'websocket', 'user-agent': 'test' };
  const request = new Request('https://pop.test/publish?channel=demo', { headers });
  const env = { DB, WIRE_KEYS: 'k1:a-secret-of-at-least-thirty-two-characters' };
  const answer = await publishFromBrowser(request as unknown as Call[0], env as unknown as Call[1]);
  expect([answer.status, JSON.parse(await answer.text()).code, asked]).toEqual([status, code, ['/publish']]);
});
