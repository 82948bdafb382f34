import { webhookLimits } from '#shared/limits/control.ts';
import type { EventType } from '#shared/model/event-type.ts';
import { accessKeys } from '../access/access-keys.ts';
import { parsePublicUrl } from '../access/foreign-url.ts';
import { seal, unseal } from '../access/sealing.ts';
import { newId } from '../control/new-id.ts';
import { ProblemError } from '../control/respond.ts';
import type { Page } from '../control/schemas.ts';
import type { Env } from '../env.ts';
import type { NewWebhook, WebhookChange, WebhookDetails } from './contract.ts';
import { isToldOf } from './event.ts';
import { courierOf } from './poke.ts';
import { rotatedSecrets } from './secrets.ts';

interface Row extends Omit<WebhookDetails, 'types'> {
  readonly types: string;
}

const select = `
  SELECT w.id, w.url, w.channel, w.types, w.label, w.created_ms AS createdMs, w.disabled_ms AS disabledMs,
    w.disabled_why AS disabledWhy,
    (SELECT COUNT(*) FROM events e WHERE e.id > w.cursor AND ${isToldOf}) AS waiting
  FROM webhooks w`;

function details({ types, ...row }: Row): WebhookDetails {
  return { ...row, types: JSON.parse(types) as EventType[] };
}

const secretBytes = 24;

/** A webhook that is told what happens from now on, with its secret, which is told this once; throws `not_found`, `conflict`, `bad_request`. */
export async function createWebhook(env: Env, input: NewWebhook, nowMs: number) {
  requireUrl(input.url, env.WEBHOOK_HOSTS);
  const id = newId('wh', nowMs);
  const secret = newSecret();
  const sealed = await sealText(await accessKeys(env.ACCESS_KEYS), id, secret);
  const { meta } = await env.DB.prepare(
    `INSERT INTO webhooks (id, url, channel, types, label, secret, created_ms, cursor)
     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, (SELECT COALESCE(MAX(id), 0) FROM events)
     WHERE (?3 IS NULL OR EXISTS (SELECT 1 FROM channels WHERE id = ?3)) AND (SELECT COUNT(*) FROM webhooks) < ?8`,
  )
    .bind(
      id,
      input.url,
      input.channel,
      JSON.stringify(input.types),
      input.label,
      sealed,
      nowMs,
      webhookLimits.webhooksMax,
    )
    .run();
  if (meta.changes > 0) return { ...(await getWebhook(env.DB, id)), secret };
  const isFull = await env.DB.prepare('SELECT COUNT(*) >= ?1 AS isFull FROM webhooks')
    .bind(webhookLimits.webhooksMax)
    .first<number>('isFull');
  if (!isFull) throw new ProblemError('not_found', 'There is no such channel.');
  throw new ProblemError('conflict', `There are ${webhookLimits.webhooksMax} webhooks at most. Delete one first.`);
}

/** One webhook; throws `not_found`. */
export async function getWebhook(db: D1Database, id: string): Promise<WebhookDetails> {
  const row = await db.prepare(`${select} WHERE w.id = ?1`).bind(id).first<Row>();
  if (!row) throw noWebhook();
  return details(row);
}

/** A page of webhooks by id, of one channel or all. */
export async function listWebhooks(db: D1Database, channel: string | null, page: Page) {
  const { results } = await db
    .prepare(`${select} WHERE w.id > ?1 AND (?3 IS NULL OR w.channel = ?3) ORDER BY w.id LIMIT ?2`)
    .bind(page.cursor, page.limit + 1, channel)
    .all<Row>();
  const webhooks = results.slice(0, page.limit).map(details);
  return { webhooks, next: results.length > page.limit ? (webhooks.at(-1)?.id ?? null) : null };
}

const newest = '(SELECT COALESCE(MAX(id), 0) FROM events)';
/** What waits by the types that there were, still comes; what those passed over, does not. */
const firstWaiting = `(SELECT MIN(e.id) - 1 FROM events e WHERE e.id > w.cursor AND ${isToldOf})`;

/** Changes what is given; enabling, and another list of types, count from then on. Throws `not_found`, `bad_request`. */
export async function changeWebhook(env: Env, id: string, change: WebhookChange, nowMs: number) {
  const { url, types, label, disabled } = change;
  if (url !== undefined) requireUrl(url, env.WEBHOOK_HOSTS);
  await env.DB.prepare(
    `UPDATE webhooks AS w SET url = COALESCE(?2, url), types = COALESCE(?3, types), label = COALESCE(?4, label),
       cursor = CASE
         WHEN ?5 = 0 AND disabled_ms IS NOT NULL THEN ${newest}
         WHEN ?3 IS NOT NULL THEN MAX(cursor, COALESCE(${firstWaiting}, ${newest}))
         ELSE cursor END,
       disabled_why = IIF(?5 IS NULL, disabled_why, NULL),
       disabled_ms = CASE ?5 WHEN 1 THEN COALESCE(disabled_ms, ?6) WHEN 0 THEN NULL ELSE disabled_ms END
     WHERE id = ?1`,
  )
    .bind(
      id,
      url ?? null,
      types ? JSON.stringify(types) : null,
      label ?? null,
      disabled === undefined ? null : Number(disabled),
      nowMs,
    )
    .run();
  return getWebhook(env.DB, id);
}

/** Deletes a webhook and the log of its deliveries; throws `not_found`. */
export async function deleteWebhook({ DB, WEBHOOKS }: Env, id: string): Promise<void> {
  const { results } = await DB.prepare('DELETE FROM webhooks WHERE id = ?1 RETURNING id').bind(id).all();
  if (results.length === 0) throw noWebhook();
  await courierOf(WEBHOOKS, id).forget();
}

/**
 * A new secret, which is told this once; the one before signs too for `graceMs`. One that cannot be opened any more signs
 * nothing, and is let go. Throws `not_found`, `conflict`.
 */
export async function rotateWebhook(env: Env, id: string, graceMs: number, nowMs: number) {
  const before = await env.DB.prepare('SELECT secret FROM webhooks WHERE id = ?1').bind(id).first<string>('secret');
  if (before === null) throw noWebhook();
  const keys = await accessKeys(env.ACCESS_KEYS);
  const opened = await unseal(keys, id, before).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => null,
  );
  const secret = newSecret();
  const sealed = await sealText(keys, id, rotatedSecrets(opened, secret, graceMs, nowMs));
  const { meta } = await env.DB.prepare('UPDATE webhooks SET secret = ?2 WHERE id = ?1 AND secret = ?3')
    .bind(id, sealed, before)
    .run();
  const webhook = await getWebhook(env.DB, id);
  if (meta.changes === 0) throw new ProblemError('conflict', 'The secret was rotated by somebody else at this moment.');
  return { ...webhook, secret };
}

function newSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(secretBytes))))}`;
}

function sealText(keys: Parameters<typeof seal>[0], id: string, text: string): Promise<string> {
  return seal(keys, id, Uint8Array.from(new TextEncoder().encode(text)));
}

/** What is thrown wherever a webhook is looked for and not there. */
export function noWebhook(): ProblemError {
  return new ProblemError('not_found', 'There is no such webhook.');
}

function requireUrl(text: string, hosts: string | undefined): void {
  if (parsePublicUrl(text, hosts) instanceof URL) return;
  throw new ProblemError('bad_request', 'url: must be an https address on the public internet.');
}
