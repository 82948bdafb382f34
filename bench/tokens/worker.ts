import { accessKeys } from '../../workers/access/access-keys.ts';
import { verifyCat } from '../../workers/access/cat.ts';
import { createGate, type Visitor } from '../../workers/access/gate.ts';
import { verifyJwt } from '../../workers/access/jwt.ts';
import type { KeyRing, TokenAlgorithm } from '../../workers/access/ports.ts';
import { openSession } from '../../workers/access/session.ts';
import { sessionLeases } from '../../workers/access/session-leases.ts';
import { presentedToken } from '../../workers/access/transport.ts';
import type { Answer } from '../../workers/cache/answer.ts';
import { carryToken } from '../../workers/playback/carry-token.ts';

/** What the bench sends: what to do, how often, and with what. */
export interface Task {
  readonly work: 'nothing' | 'jwt' | 'cat' | 'session' | 'gate' | 'begin' | 'carry';
  readonly times: number;
  readonly token: string;
  readonly keys: readonly { kid: string; algorithm: TokenAlgorithm; secret: string | null; jwk: JsonWebKey | null }[];
  readonly accessKeys: string;
  readonly visitor: Omit<Visitor, 'presented'>;
  readonly manifest: string;
}

/** The session is young: nobody is asked about its lease. */
const deskless = { LEASES: null } as never;

export default {
  async fetch(request: Request): Promise<Response> {
    const task = (await request.json()) as Task;
    const work = await workOf(task);
    for (let i = 0; i < task.times; i++) await work();
    return new Response('done');
  },
};

async function workOf({ work, token, keys, accessKeys: text, visitor, manifest }: Task): Promise<() => unknown> {
  const ring = await ringOf(keys);
  const session = await accessKeys(text);
  const gate = createGate({
    keyRing: ring,
    revocations: { isRevoked: async () => false },
    leases: { renew: async () => ({ granted: true, untilMs: Number.POSITIVE_INFINITY }) },
    sessionLeases: sessionLeases(deskless, () => {}),
    rates: { mayBegin: async () => true, mayBeRefused: async () => true },
    secret: text,
    audience: 'headwater',
  });
  const headers = new Headers();
  const body = new TextEncoder().encode(manifest).buffer as ArrayBuffer;
  const answer: Answer = { status: 200, body, state: null, bornMs: 0, from: 'isolate' };
  const carry = { token, isInherited: false, folder: '/b/b_1k3m5p7r9t0000000000/', self: '', query: '', bases: [] };
  const admit = async () => {
    const admission = await gate.admit({ ...visitor, presented: presentedToken(token, '', headers) }, Date.now());
    if (!admission.isOpen) throw new Error(admission.code);
    return admission;
  };
  const known = { find: (kid: string) => ring.find(kid, null) };
  const works: Readonly<Record<Task['work'], () => unknown>> = {
    nothing: async () => null,
    jwt: async () => mustHold(await verifyJwt(token, known, 'headwater')),
    cat: async () => mustHold(await verifyCat(token, known, 'headwater')),
    // Another key object with the same bytes each time: nothing is remembered.
    session: async () =>
      mustHold(
        (await openSession(
          token,
          session.map((key) => ({ ...key })),
        )) ?? { fault: 'none' },
      ),
    gate: admit,
    begin: async () => carryToken(answer, 'multivariant', { ...carry, token: (await admit()).token }),
    carry: () => carryToken(answer, 'multivariant', carry),
  };
  return works[work];
}

function mustHold(checked: object): void {
  if ('fault' in checked) throw new Error(String(checked.fault));
}

async function ringOf(keys: Task['keys']): Promise<KeyRing> {
  const imported = new Map<string, CryptoKey>();
  for (const { kid, algorithm, secret, jwk } of keys) imported.set(kid, await importKey(algorithm, secret, jwk));
  return {
    find: async (kid) => {
      const key = imported.get(kid);
      const algorithm = keys.find((one) => one.kid === kid)?.algorithm;
      return key && algorithm ? { kid, channel: null, algorithm, key, untilMs: null } : null;
    },
  };
}

function importKey(algorithm: TokenAlgorithm, secret: string | null, jwk: JsonWebKey | null): Promise<CryptoKey> {
  if (secret !== null) {
    const bytes = Uint8Array.from(atob(secret), (char) => char.charCodeAt(0));
    return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  }
  const scheme = algorithm === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' };
  return crypto.subtle.importKey('jwk', jwk as JsonWebKey, scheme, false, ['verify']);
}
