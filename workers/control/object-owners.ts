import { controlLimits } from '#shared/limits/control.ts';
import { broadcastOfKey } from '#shared/model/object-name.ts';
import { Recent } from './recent.ts';
import { ProblemError } from './respond.ts';

/** Stands for every origin that signs with the keys of the deployment: nobody can tell them apart. */
export const deployment = '';

const { objectOwnersTtlMs, objectOwnersRemembered } = controlLimits;
/** Who had a broadcast once may put its objects for good, so that only this is remembered, and no refusal. */
const recent = new Recent<boolean>(objectOwnersTtlMs, objectOwnersRemembered, (isOwner) => isOwner);

/**
 * Throws `forbidden` where an object is of a broadcast that this origin never had. One that the catalogue does not know (an import
 * on its way) belongs from then on to the first that puts something of it. Asks D1 once a broadcast and isolate.
 * @param origin one that signs with a key of its own; null: with one of the deployment, which may put everything
 */
export async function requireOwnBroadcast(
  db: D1Database,
  key: string,
  origin: string | null,
  nowMs: number,
): Promise<void> {
  const broadcast = broadcastOfKey(key);
  if (broadcast === null && origin === null) return;
  const isOwner =
    broadcast !== null &&
    (await recent.get(`${broadcast} ${origin ?? deployment}`, nowMs, () => owns(db, broadcast, origin, nowMs)));
  if (isOwner) return;
  const detail = `This is no object of a broadcast that the origin ${origin} has or had.`;
  throw new ProblemError('forbidden', detail, { reason: 'other_origin' });
}

async function owns(db: D1Database, broadcast: string, origin: string | null, nowMs: number): Promise<boolean> {
  const owners = await ownersOf(db, broadcast);
  if (owners.length > 0) return origin === null || owners.includes(origin);
  await db
    .prepare(
      `INSERT INTO broadcast_origins (broadcast, origin, unknown_ms)
       SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM broadcast_origins WHERE broadcast = ?1)`,
    )
    .bind(broadcast, origin ?? deployment, nowMs)
    .run();
  return origin === null || (await ownersOf(db, broadcast)).includes(origin);
}

async function ownersOf(db: D1Database, broadcast: string): Promise<string[]> {
  const { results } = await db
    .prepare('SELECT origin FROM broadcast_origins WHERE broadcast = ?1')
    .bind(broadcast)
    .all<{ readonly origin: string }>();
  return results.map(({ origin }) => origin);
}

/** Forgets whose broadcasts were that the catalogue has not known for a month. */
export async function forgetOwners(db: D1Database, nowMs: number): Promise<void> {
  await db
    .prepare('DELETE FROM broadcast_origins WHERE unknown_ms < ?1')
    .bind(nowMs - controlLimits.unknownOwnersKeptMs)
    .run();
}
