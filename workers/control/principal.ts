import { type Access, type Role, roles, type Scope } from './contract/access.ts';
import { ProblemError } from './respond.ts';

/** Who calls: the deployment's own token, or one that was made through the API. */
export interface Principal {
  /** `administrator`, or the token's id. */
  readonly id: string;
  readonly role: Role;
  /** The only channel that it may see or change; null: all. */
  readonly channel: string | null;
}

/** The holder of the Worker's secret `API_TOKEN`. */
export const administrator: Principal = Object.freeze({ id: 'administrator', role: 'admin', channel: null });

/** Whoever sends no token: sees what is for anyone. */
export const nobody: Principal = Object.freeze({ id: '', role: 'viewer', channel: '' });

/** Throws `forbidden` unless the role is enough for a call. */
export function requireRole({ role, channel }: Principal, access: Access): void {
  // The roles stand in the order of what they may do.
  if (roles.indexOf(role) > roles.indexOf(access.role as Role)) {
    const detail = `This takes the role ${access.role}, and the token has the role ${role}.`;
    throw new ProblemError('forbidden', detail);
  }
  if ('of' in access && access.of === 'deployment' && channel !== null) throw outside(channel);
}

/** The query as a token may ask it: a list is of the one channel that a bound token sees. Throws `forbidden` for another. */
export function scopedQuery<Query extends object>({ channel }: Principal, access: Access, query: Query): Query {
  if (channel === null || !('of' in access) || access.of !== 'list') return query;
  const { channel: wanted = channel } = query as { readonly channel?: string };
  if (wanted !== channel) throw outside(channel);
  return { ...query, channel };
}

/**
 * Throws unless what a path names belongs to the one channel of a bound token: `forbidden` for another channel itself,
 * `not_found` for something of another channel, as if it were not there.
 */
export async function requireChannel(
  db: D1Database,
  { channel }: Principal,
  access: Access,
  id: string,
): Promise<void> {
  if (channel === null || !('of' in access)) return;
  if (access.of === 'channel' && id !== channel) throw outside(channel);
  const noun = nouns[access.of];
  if (noun && (await channelOf(db, access.of, id)) !== channel) {
    throw new ProblemError('not_found', `There is no such ${noun}.`);
  }
}

/** The channel of what a path names; null for nothing, and for what is the whole deployment's. */
export async function channelOfPath(db: D1Database, access: Access, id: string): Promise<string | null> {
  if (!('of' in access)) return null;
  if (access.of === 'channel') return id;
  return nouns[access.of] ? channelOf(db, access.of, id) : null;
}

type Body = Readonly<Partial<Record<'channel' | 'broadcast' | 'clip', string | null>>>;

/** The same of what a body names; one that names no channel is about the deployment. */
export async function requireOwnBody(
  db: D1Database,
  { channel }: Principal,
  access: Access,
  given: unknown,
): Promise<void> {
  if (channel === null || !('of' in access) || access.of !== 'body') return;
  const body = given as Body;
  const isNamed = typeof body.channel === 'string';
  if (isNamed && body.channel !== channel) throw outside(channel);
  const things = (['broadcast', 'clip'] as const).filter((noun) => body[noun] !== undefined);
  for (const noun of things) {
    if ((await channelOf(db, noun, body[noun] ?? '')) !== channel) {
      throw new ProblemError('not_found', `There is no such ${noun}.`);
    }
  }
  if (!isNamed && things.length === 0) throw outside(channel);
}

const nouns: Readonly<Partial<Record<Scope, string>>> = {
  broadcast: 'broadcast',
  clip: 'clip',
  import: 'import',
  link: 'link',
  webhook: 'webhook',
  'signing-key': 'signing key',
};

const lookups: Readonly<Partial<Record<Scope, string>>> = {
  broadcast: 'SELECT channel FROM broadcasts WHERE id = ?1',
  clip: 'SELECT channel FROM clips WHERE id = ?1',
  import: 'SELECT channel FROM imports WHERE id = ?1 AND deleted_ms IS NULL',
  link: 'SELECT channel FROM links WHERE id = ?1',
  webhook: 'SELECT channel FROM webhooks WHERE id = ?1',
  'signing-key': 'SELECT channel FROM signing_keys WHERE kid = ?1',
};

/** Null where there is none, and where it is the whole deployment's. */
function channelOf(db: D1Database, scope: Scope, id: string): Promise<string | null> {
  return db
    .prepare(lookups[scope] ?? '')
    .bind(id)
    .first<string>('channel');
}

function outside(channel: string): ProblemError {
  return new ProblemError('forbidden', `The token is for channel ${channel} and for nothing else.`);
}
