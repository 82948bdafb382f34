import { controlLimits } from '#shared/limits/control.ts';
import { type AccessKey, AccessKeysError, accessKeys } from '../access/access-keys.ts';
import { fromBase64url, toBase64url } from '../access/base64url.ts';
import { seal, unseal } from '../access/sealing.ts';
import type { Env } from '../env.ts';
import { ProblemError } from './respond.ts';

const keyHeader = 'idempotency-key';

/** A call that must not be carried out twice. */
interface KeyedCall {
  readonly env: Env;
  readonly request: Request;
  /** Who calls: keys of others are others. */
  readonly principal: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly nowMs: number;
}

/**
 * Carries a call out, or answers as the first time where it comes again with the same `Idempotency-Key`; without the header it
 * is simply carried out. Throws `conflict` while the first one is not answered, or where its answer was not kept, and
 * `idempotency_key_reused` for another call under the same key.
 */
export async function answerOnce(call: KeyedCall, carryOut: () => Promise<Response>): Promise<Response> {
  const key = call.request.headers.get(keyHeader);
  if (key === null) return carryOut();
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new ProblemError('bad_request', 'Idempotency-Key: must be 1 to 255 visible ASCII characters.');
  }
  const before = await begin(call, key, await hashOf(call));
  if (before) return before;
  let response: Response;
  try {
    response = await carryOut();
  } catch (error) {
    // A refusal has changed nothing. After a failure it is not known what was changed: the key stays taken.
    if (error instanceof ProblemError) await forget(call, key);
    throw error;
  }
  await keep(call, key, response.clone());
  return response;
}

/** Null for a call that was not there before. */
async function begin(call: KeyedCall, key: string, hash: string): Promise<Response | null> {
  const { env, principal, nowMs } = call;
  const oldestMs = nowMs - controlLimits.idempotencyKeptMs;
  const [, , inserted] = await env.DB.batch([
    env.DB.prepare('DELETE FROM idempotency WHERE principal = ?1 AND key = ?2 AND created_ms < ?3').bind(
      principal,
      key,
      oldestMs,
    ),
    env.DB.prepare(
      `DELETE FROM idempotency WHERE (principal, key) IN
         (SELECT principal, key FROM idempotency WHERE created_ms < ?1 ORDER BY created_ms LIMIT ?2)`,
    ).bind(oldestMs, controlLimits.idempotencyPurgedMax),
    env.DB.prepare(
      `INSERT INTO idempotency (principal, key, request_hash, created_ms) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING`,
    ).bind(principal, key, hash, nowMs),
  ]);
  return (inserted?.meta.changes ?? 0) > 0 ? null : repeat(call, key, hash);
}

interface Row {
  readonly hash: string;
  readonly status: number | null;
  readonly answer: string | null;
}

async function repeat(call: KeyedCall, key: string, hash: string): Promise<Response> {
  const { env, principal } = call;
  const row = await env.DB.prepare(
    'SELECT request_hash AS hash, status, answer FROM idempotency WHERE principal = ?1 AND key = ?2',
  )
    .bind(principal, key)
    .first<Row>();
  if (row && row.hash !== hash) {
    const detail = 'This Idempotency-Key was used for another call. Each call has a key of its own.';
    throw new ProblemError('idempotency_key_reused', detail);
  }
  if (!row || row.status === null) {
    const detail =
      'A call with this Idempotency-Key is not answered yet, or it is not known how it ended. Look whether it was done.';
    throw new ProblemError('conflict', detail, { reason: 'unfinished' });
  }
  const text = row.answer === null ? null : await opened(env, nameOf(principal, key), row.answer);
  if (text === null) {
    const detail = 'This call was carried out, and its answer cannot be told again: that takes the secret ACCESS_KEYS.';
    throw new ProblemError('conflict', detail, { reason: 'answer_not_kept' });
  }
  const { headers, body } = JSON.parse(text) as { readonly headers: [string, string][]; readonly body: string };
  const bytes = fromBase64url(body);
  const init = { status: row.status, headers: [...headers, ['idempotency-replayed', 'true'] as [string, string]] };
  return new Response(row.status === 204 ? null : bytes, init);
}

/** An answer may hold a secret that is told once: it is kept sealed, or not at all. */
async function keep({ env, principal }: KeyedCall, key: string, response: Response): Promise<void> {
  const keys = await keysOf(env);
  const body = toBase64url(new Uint8Array(await response.arrayBuffer()));
  const text = JSON.stringify({ headers: [...response.headers], body });
  const isKept = keys !== null && text.length <= controlLimits.idempotentAnswerCharsMax;
  const sealed = isKept
    ? await seal(keys, nameOf(principal, key), Uint8Array.from(new TextEncoder().encode(text)))
    : null;
  await env.DB.prepare('UPDATE idempotency SET status = ?3, answer = ?4 WHERE principal = ?1 AND key = ?2')
    .bind(principal, key, response.status, sealed)
    .run();
}

async function forget({ env, principal }: KeyedCall, key: string): Promise<void> {
  await env.DB.prepare('DELETE FROM idempotency WHERE principal = ?1 AND key = ?2').bind(principal, key).run();
}

async function keysOf(env: Env): Promise<readonly AccessKey[] | null> {
  return accessKeys(env.ACCESS_KEYS).catch(noKeys);
}

/** Null without the key that it was sealed with. */
async function opened(env: Env, name: string, sealed: string): Promise<string | null> {
  const keys = await keysOf(env);
  const bytes = keys && (await unseal(keys, name, sealed).catch(noKeys));
  return bytes && new TextDecoder().decode(bytes);
}

function noKeys(error: unknown): null {
  if (error instanceof AccessKeysError) return null;
  throw error;
}

function nameOf(principal: string, key: string): string {
  return `answer ${principal} ${key}`;
}

async function hashOf({ request, body }: KeyedCall): Promise<string> {
  const { pathname, search } = new URL(request.url);
  const head = new TextEncoder().encode(`${request.method} ${pathname}${search}\n`);
  const bytes = new Uint8Array(head.byteLength + body.byteLength);
  bytes.set(head);
  bytes.set(body, head.byteLength);
  return toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
