import { Webhook } from 'standardwebhooks';
import { afterEach, expect, test, vi } from 'vitest';
import { rotatedSecrets, signingSecrets } from '../../workers/webhooks/secrets.ts';
import { sendEvent } from '../../workers/webhooks/send.ts';

afterEach(() => vi.unstubAllGlobals());

test('the secret before signs too until its time is over, and no other', () => {
  const once = rotatedSecrets('whsec_a', 'whsec_b', 1_000, 5_000);
  expect([signingSecrets(once, 5_999), signingSecrets(once, 6_000)]).toEqual([['whsec_b', 'whsec_a'], ['whsec_b']]);
  const twice = rotatedSecrets(once, 'whsec_c', 1_000, 5_500);
  expect(signingSecrets(twice, 5_500)).toEqual(['whsec_c', 'whsec_b']);
  expect(signingSecrets(rotatedSecrets(twice, 'whsec_d', 0, 5_500), 5_500)).toEqual(['whsec_d']);
  expect(signingSecrets(rotatedSecrets(null, 'whsec_e', 1_000, 0), 0)).toEqual(['whsec_e']);
  expect(signingSecrets('whsec_a', 0)).toEqual(['whsec_a']);
});

test('a delivery has a signature by each secret, and either opens it', async () => {
  const secrets = ['whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3', 'whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4'];
  const sent: { headers: Record<string, string>; body: string }[] = [];
  vi.stubGlobal('fetch', async (_: URL, { headers, body }: { headers: Record<string, string>; body: string }) => {
    sent.push({ headers, body });
    return new Response(null, { status: 204 });
  });
  const event = {
    ...{ id: 42, channel: 'news', sequence: 1, broadcast: null, atMs: 0, detail: null },
    type: 'channel.live' as const,
  };
  const target = { url: 'https://example.com/hook', secrets, hosts: undefined };
  expect(await sendEvent(target, event, Date.now())).toMatchObject({ status: 204 });
  const [{ headers, body } = { headers: {}, body: '' }] = sent;
  for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toBeTruthy();
  expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
});
