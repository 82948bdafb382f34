import { afterAll, beforeAll, expect, test } from 'vitest';
import { deskLimits } from '#shared/limits/access.ts';
import { AccessPops, popNames } from '../../support/access-pops.ts';
import { pollUntil } from '../../support/poll.ts';

let pops: AccessPops;
beforeAll(async () => {
  pops = await AccessPops.start();
}, 60_000);
afterAll(() => pops?.stop());

const nobody = { kid: 'k', link: null, session: null, viewer: null, channel: null, broadcast: null, issuedMs: 0 };
type PopName = (typeof popNames)[number];
const isRevoked = async (pop: PopName, subject: object): Promise<boolean> =>
  (await pops.ask(pop, 'POST', '/is-revoked', { ...nobody, ...subject })).json;

test('what is revoked is refused at three PoPs within ten seconds, and what is taken back is let in again', async () => {
  for (const pop of popNames) expect(await isRevoked(pop, { session: 's_1', viewer: 'v1' })).toBe(false);
  const { json: made, status } = await pops.api('POST', '/revocations', {
    kind: 'session',
    value: 's_1',
    label: 'shared it',
  });
  const revokedMs = Date.now();
  expect([status, made]).toEqual([
    201,
    {
      ...{ id: expect.stringMatching(/^rv_/), kind: 'session', value: 's_1', issuedBeforeMs: null, label: 'shared it' },
      ...{ untilMs: expect.any(Number), atMs: expect.any(Number) },
    },
  ]);
  for (const pop of popNames)
    await pollUntil(() => isRevoked(pop, { session: 's_1' }), `the revocation at ${pop}`, 20_000);
  expect(Date.now() - revokedMs).toBeLessThan(10_000);
  expect(await isRevoked('fra', { session: 's_2', viewer: 'v1' })).toBe(false);
  expect((await pops.api('DELETE', `/revocations/${made.id}`)).status).toBe(204);
  expect((await pops.api('DELETE', `/revocations/${made.id}`)).json.code).toBe('not_found');
  for (const pop of popNames) {
    await pollUntil(async () => !(await isRevoked(pop, { session: 's_1' })), `the end of it at ${pop}`, 20_000);
  }
}, 60_000);

test('each kind is found by its own name; tokens issued later are good for viewers, channels and broadcasts', async () => {
  const kinds = ['session', 'viewer', 'key', 'link', 'channel', 'broadcast'] as const;
  const atMs = Date.now();
  for (const kind of kinds)
    expect((await pops.api('POST', '/revocations', { kind, value: `of-${kind}` })).status).toBe(201);
  await pollUntil(() => isRevoked('nyc', { broadcast: 'of-broadcast' }), 'the last of them', 20_000);
  for (const kind of kinds) {
    const field = kind === 'key' ? 'kid' : kind;
    expect(await isRevoked('nyc', { [field]: `of-${kind}` }), kind).toBe(true);
    const later = { [field]: `of-${kind}`, issuedMs: atMs + 60_000 };
    expect(await isRevoked('nyc', later), kind).toBe(['session', 'key', 'link'].includes(kind));
    expect(await isRevoked('nyc', { [field]: `of-${kind}x` })).toBe(false);
  }
}, 60_000);

test('a desk that was moved keeps what it knows, also what was taken back', async () => {
  const { json: kept } = await pops.api('POST', '/revocations', {
    kind: 'viewer',
    value: 'kept',
    issuedBeforeMs: 5_000,
  });
  const { json: gone } = await pops.api('POST', '/revocations', { kind: 'viewer', value: 'gone' });
  await pollUntil(() => isRevoked('sin', { viewer: 'gone' }), 'both of them', 20_000);
  await pops.api('DELETE', `/revocations/${gone.id}`);
  await pops.evict('RevocationDesk', 'revocations');
  await pollUntil(async () => !(await isRevoked('sin', { viewer: 'gone' })), 'the change after the move', 20_000);
  expect(await isRevoked('sin', { viewer: 'kept', issuedMs: 5_000 })).toBe(true);
  const { json } = await pops.api('GET', '/revocations?kind=viewer');
  expect(json.revocations.map(({ value }: { value: string }) => value)).toEqual(['kept', 'of-viewer']);
  const again = await pops.api('POST', '/revocations', { kind: 'viewer', value: 'kept', issuedBeforeMs: 9_000 });
  expect(again.json).toMatchObject({ id: kept.id, issuedBeforeMs: 9_000 });
}, 60_000);

test('they are listed page by page, newest change first', async () => {
  const values: string[] = [];
  let cursor = '';
  do {
    const { json } = await pops.api('GET', `/revocations?limit=2${cursor}`);
    expect(json.max).toBe(10_000);
    values.push(...json.revocations.map(({ value }: { value: string }) => value));
    cursor = json.next === null ? '' : `&cursor=${json.next}`;
  } while (cursor !== '');
  expect(values).toEqual(['kept', 'of-broadcast', 'of-channel', 'of-link', 'of-key', 'of-viewer', 'of-session']);
});

test.each([
  [{ kind: 'person', value: 'x' }],
  [{ kind: 'session' }],
  [{ kind: 'session', value: '' }],
  [{ kind: 'session', value: 'a b' }],
  [{ kind: 'session', value: 'x'.repeat(129) }],
  [{ kind: 'session', value: 'x', issuedBeforeMs: 1 }],
  [{ kind: 'session', value: 'x', untilMs: 1 }],
  [{ kind: 'session', value: 'x', untilMs: Date.now() + 40 * 86_400_000 }],
  [{ kind: 'session', value: 'x', more: 1 }],
])('%j is refused', async (body) => {
  expect((await pops.api('POST', '/revocations', body)).json.code).toBe('bad_request');
});

test('ten thousand are in force: all are refused at three PoPs and nothing else is, the list ends there, and what is over leaves', async () => {
  const held = (await pops.api('GET', '/revocations?limit=1')).json.size;
  const lasting = deskLimits.revocationsMax - held - 500;
  const count = async (pop: PopName, lead: string, to: number) =>
    (await pops.ask(pop, 'GET', `/revoked-sessions/${lead}/0/${to}`)).json;
  const revoke = async (lead: string, many: number, forMs: number) =>
    (await pops.ask('fra', 'POST', `/revoke-sessions/${lead}/0/${many}/${Date.now() + forMs}`)).json;
  expect(await revoke('lasting', lasting, 3_600_000)).toBe(lasting);
  const shortMs = 6_000;
  // One more than there are places for.
  expect(await revoke('short', 501, shortMs)).toBe(500);
  const endMs = Date.now() + shortMs;
  expect((await pops.api('POST', '/revocations', { kind: 'session', value: 'late' })).json).toMatchObject({
    ...{ status: 409, code: 'conflict', reason: 'revocations_full' },
  });
  expect((await pops.api('POST', '/revocations', { kind: 'key', value: 'leaked' })).status).toBe(201);
  const { json } = await pops.api('GET', '/revocations?limit=1');
  expect([json.size, json.revocations.length]).toEqual([deskLimits.revocationsMax + 1, 1]);
  for (const pop of popNames) {
    await pollUntil(() => isRevoked(pop, { kid: 'leaked' }), `the last of them at ${pop}`, 20_000);
    expect([await count(pop, 'lasting', lasting), await count(pop, 'other', 1_000)]).toEqual([lasting, 0]);
  }
  // It may have become late on a busy machine.
  if (Date.now() < endMs - shortMs / 2) expect(await count('sin', 'short', 500)).toBe(500);
  await pollUntil(async () => (await count('nyc', 'short', 501)) === 0, 'the end of the short ones', 30_000);
  expect((await pops.api('GET', '/revocations?limit=1')).json.size).toBe(deskLimits.revocationsMax - 500 + 1);
  expect(await revoke('next', 10, 3_600_000)).toBe(10);
  // A desk that is moved knows them, and no more than them.
  await pops.evict('RevocationDesk', 'revocations');
  expect((await pops.api('GET', '/revocations?limit=1')).json.size).toBe(deskLimits.revocationsMax - 500 + 1 + 10);
  expect(await count('fra', 'lasting', lasting)).toBe(lasting);
}, 60_000);
