import { expect, test } from 'vitest';
import { missingSecrets, saysNoWorker, withSecrets } from '../../scripts/cloudflare/worker-secrets.ts';

test.each([
  [null, ['API_TOKEN', 'WIRE_KEYS', 'ACCESS_KEYS']],
  ['[]', ['API_TOKEN', 'WIRE_KEYS', 'ACCESS_KEYS']],
  ['[{"name":"WIRE_KEYS","type":"secret_text"},{"name":"API_TOKEN","type":"secret_text"}]', ['ACCESS_KEYS']],
  ['[{"name":"ACCESS_KEYS"},{"name":"WIRE_KEYS"},{"name":"API_TOKEN"},{"name":"ELSE"}]', []],
])('of the listed secrets %s these are missing: %j', (listed, missing) => {
  expect(missingSecrets(listed)).toEqual(missing);
});

test('what a file of secrets has already stays as it is', () => {
  const text = withSecrets('WIRE_KEYS=k0:mine\nELSE=1', ['API_TOKEN', 'WIRE_KEYS']);
  expect(text).toMatch(/^WIRE_KEYS=k0:mine\nELSE=1\nAPI_TOKEN=hw_[0-9a-f]{64}\n$/);
});

test.each([
  ['✘ [ERROR] Worker "headwater" not found.\n\nIf this is a new Worker, run `wrangler deploy` first.', true],
  ['✘ [ERROR] Worker "headwater" (env: next) not found.', true],
  ['This Worker does not exist on your account. [code: 10007]', true],
  ['✘ [ERROR] A request to the Cloudflare API failed. Internal server error [code: 10013]', false],
  ['Authentication error [code: 10000]', false],
  ['✘ [ERROR] fetch failed: getaddrinfo ENOTFOUND api', false],
])('wrangler says that there is no Worker: %s: %s', (words, isNone) => {
  expect(saysNoWorker(words)).toBe(isNone);
});
