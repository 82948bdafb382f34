import { controlLimits } from '#shared/limits/control.ts';
import { broadcastOfKey } from '#shared/model/object-name.ts';
import { Recent } from './recent.ts';
import { ProblemError } from './respond.ts';

/** Stands for every origin that signs with the keys of the deployment: nobody can tell them apart. */
export const deployment = '';

const { objectOwnersTtlMs, objectOwnersRemembered } = controlLimits;
/** `unknown`: to the catalogue, and to everybody who put something until now. */
type Standing = 'owner' | 'other' | 'unknown';

/** Who had a broadcast once may put its objects for good, so that only this is remembered, and no refusal. */
const recent = new Recent<Standing>(objectOwnersTtlMs, objectOwnersRemembered, (standing) => standing === 'owner');

interface ObjectChange {
  readonly kind: 'put' | 'remove';
  readonly key: string;
  /** One that signs with a key of its own; null: with one of the deployment, which may put everything. */
  readonly origin: string | null;
}

/**
 * Throws `forbidden` where an object is of a broadcast that this origin never had. One that the catalogue does not know (an import
 * on its way) belongs from then on to the first that puts something of it. Asks D1 once a broadcast and isolate.
 */
export async function requireOwnBroadcast(
  db: D1Database,
  { kind, key, origin }: ObjectChange,
  nowMs: number,
): Promise<void> {
  const broadcast = broadcastOfKey(key);
  if (broadcast === null && origin === null) return;
  if (broadcast !== null) {
    const load = () => standingOf(db, broadcast, origin);
    const standing = await recent.get(`${broadcast} ${origin ?? deployment}`, nowMs, load);
    if (standing === 'owner') return;
    // Who removes what nobody has is written down nowhere: it may be done without end.
    if (standing === 'unknown' && (kind === 'remove' || (await claim(db, broadcast, origin, nowMs)))) return;
  }
  const detail = `This is no object of a broadcast that the origin ${origin} has or had.`;
  throw new ProblemError('forbidden', detail, { reason: 'other_origin' });
}

async function standingOf(db: D1Database, broadcast: string, origin: string | null): Promise<Standing> {
  const owners = await ownersOf(db, broadcast);
  if (owners.length === 0) return 'unknown';
  return origin === null || owners.includes(origin) ? 'owner' : 'other';
}

/** Whether it is this origin's now: another one may have been quicker. */
async function claim(db: D1Database, broadcast: string, origin: string | null, nowMs: number): Promise<boolean> {
  await db
    .prepare(
      `INSERT INTO broadcast_origins (broadcast, origin, unknown_ms)
       SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM broadcast_origins WHERE broadcast = ?1)`,
    )
    .bind(broadcast, origin ?? deployment, nowMs)
    .run();
  return (await standingOf(db, broadcast, origin)) === 'owner';
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
