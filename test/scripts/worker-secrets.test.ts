import { expect, test } from 'vitest';
import { missingSecrets } from '../../scripts/local/worker-secrets.ts';

test.each([
  [null, ['API_TOKEN', 'WIRE_KEYS', 'ACCESS_KEYS']],
  ['[]', ['API_TOKEN', 'WIRE_KEYS', 'ACCESS_KEYS']],
  ['[{"name":"WIRE_KEYS","type":"secret_text"},{"name":"API_TOKEN","type":"secret_text"}]', ['ACCESS_KEYS']],
  ['[{"name":"ACCESS_KEYS"},{"name":"WIRE_KEYS"},{"name":"API_TOKEN"},{"name":"ELSE"}]', []],
])('of the listed secrets %s these are missing: %j', (listed, missing) => {
  expect(missingSecrets(listed)).toEqual(missing);
});
