import { deskLimits, signingLimits } from '#shared/limits/access.ts';
import type { Revocation, RevocationKind } from '../access/desk/revocation-book.ts';
import type { Env } from '../env.ts';
import type { NewRevocation } from './contract/revocations.ts';
import { ProblemError } from './respond.ts';
import type { Page } from './schemas.ts';

/** About these, tokens that are issued later are good again unless the caller says otherwise. */
const issuedBeforeKinds: readonly RevocationKind[] = ['viewer', 'channel', 'broadcast'];

/** Revokes what a body says; throws `bad_request`, or `conflict` when the list is full. */
export function createRevocation(env: Env, input: NewRevocation, nowMs: number): Promise<Revocation> {
  const { kind, value, label } = input;
  const latestMs = nowMs + signingLimits.tokenLifeMsMax;
  const untilMs = input.untilMs ?? latestMs;
  if (untilMs <= nowMs || untilMs > latestMs) {
    throw new ProblemError('bad_request', 'untilMs: must be in the future and no more than 30 days ahead.');
  }
  if (input.issuedBeforeMs !== undefined && !issuedBeforeKinds.includes(kind)) {
    throw new ProblemError('bad_request', `issuedBeforeMs: only for ${issuedBeforeKinds.join(', ')}.`);
  }
  const issuedBeforeMs = issuedBeforeKinds.includes(kind) ? (input.issuedBeforeMs ?? nowMs) : null;
  return revokeOne(env, { kind, value, issuedBeforeMs, untilMs, label });
}

/** Revokes one thing; what is about the same already is widened. Throws `conflict` when the list is full. */
export async function revokeOne(env: Env, input: Omit<Revocation, 'id' | 'atMs'>): Promise<Revocation> {
  const revocation = await deskOf(env).revoke(input);
  if (revocation) return revocation;
  const detail =
    `There are ${deskLimits.revocationsMax} revocations already. Revoke a key, a channel or a broadcast instead, ` +
    'which closes many tokens at once, take back what is not needed any more, or wait for some to end.';
  throw new ProblemError('conflict', detail, { reason: 'revocations_full' });
}

/** A page, newest change first, of one kind or all, with how many there are. */
export async function listRevocations(env: Env, kind: RevocationKind | null, { cursor, limit }: Page) {
  const below = /^[0-9]{1,15}$/.test(cursor) ? Number(cursor) : null;
  if (cursor !== '' && below === null) throw new ProblemError('bad_request', 'cursor: must come from a page before.');
  const { revocations, size, next } = await deskOf(env).list(below, kind, limit);
  return { revocations, size, max: deskLimits.revocationsMax, next: next === null ? null : String(next) };
}

/** Takes a revocation back; throws `not_found`. What a key was killed for stays dead: the key is gone. */
export async function deleteRevocation(env: Env, id: string): Promise<void> {
  const isDone = await deskOf(env).withdraw(id);
  if (!isDone) throw new ProblemError('not_found', 'There is no such revocation; it may have ended by itself.');
}

function deskOf(env: Env) {
  return env.REVOCATIONS.get(env.REVOCATIONS.idFromName('revocations'));
}
