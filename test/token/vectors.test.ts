import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { verifyCat } from '../../workers/access/cat.ts';
import { verifyJwt } from '../../workers/access/jwt.ts';
import type { ChannelKeys } from '../../workers/access/ports.ts';
import { decide } from '../../workers/token/policy.ts';
import { asked, nowMs, place } from './any-token.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/protocol/playback-tokens.md'), 'utf8');
const vectors = [...page.matchAll(/^\| ([^|`]+(?:`news`)?): `([A-Za-z0-9._-]{40,})` \| `(\w+)` \|$/gm)];

let ring: ChannelKeys;

beforeAll(async () => {
  const secret = Buffer.from(/secret `([^`]+)`/.exec(page)?.[1] ?? '');
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  const found = { kid: 'vector', channel: null, algorithm: 'HS256', key, untilMs: null } as const;
  ring = { find: async (kid) => (kid === 'vector' ? found : null) };
});

describe('the vectors of the documentation', () => {
  test('are there', () => expect(vectors.length).toBe(8));

  test.each(vectors.map(([, name = '', token = '', outcome = '']) => [name, token, outcome] as const))(
    '%s',
    async (_, token, outcome) => {
      const checked = await (token.includes('.') ? verifyJwt : verifyCat)(token, ring, 'headwater');
      const decision = 'fault' in checked ? null : decide(checked.claims, asked, place, nowMs);
      const code = decision === null ? 'token_invalid' : decision.isOpen ? 'open' : decision.code;
      expect(code).toBe(outcome);
    },
  );
});
