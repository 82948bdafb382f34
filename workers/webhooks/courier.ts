import { DurableObject } from 'cloudflare:workers';
import { webhookLimits } from '#shared/limits/control.ts';
import type { EventType } from '#shared/model/event-type.ts';
import { accessKeys } from '../access/access-keys.ts';
import { unseal } from '../access/sealing.ts';
import type { Env } from '../env.ts';
import { type EventRow, eventColumns } from './event.ts';
import { settle } from './retry.ts';
import { signingSecrets } from './secrets.ts';
import { type Attempt, sendEvent, type Target } from './send.ts';

/** An attempt as the endpoint's owner sees it. */
export interface Delivery extends Attempt {
  readonly event: number;
  readonly type: EventType;
  readonly atMs: number;
  readonly attempt: number;
}

const testEvent = { channel: '', sequence: 0, type: 'webhook.test', broadcast: null, detail: null } as const;

interface Endpoint {
  readonly url: string;
  readonly channel: string | null;
  /** JSON list; empty: all. */
  readonly types: string;
  readonly secret: string;
  readonly cursor: number;
  readonly disabledMs: number | null;
}

/** The event at the head of the queue, when it did not go through. */
interface Waiting {
  readonly event: number;
  readonly attempts: number;
  readonly nextMs: number;
}

/**
 * Delivers the events of one webhook, in order, one at a time: the catalogue is the queue, this object remembers how often the
 * head of it was tried. The only layer that repeats a delivery.
 */
export class WebhookCourier extends DurableObject<Env> {
  readonly #storage: DurableObjectStorage;
  #isAtWork = false;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#storage = state.storage;
    this.#storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS deliveries (
         number INTEGER PRIMARY KEY AUTOINCREMENT, event INTEGER, type TEXT, at_ms INTEGER, attempt INTEGER,
         status INTEGER, error TEXT, took_ms INTEGER)`,
    );
  }

  /** Something may be there to deliver. An event that waits for its time goes on waiting. */
  async poke(webhook: string): Promise<void> {
    this.#storage.kv.put('webhook', webhook);
    await this.#storage.setAlarm(Date.now());
  }

  /** Sends an event of no channel, so that the endpoint's owner can see it come; null when there is no such webhook. */
  async test(webhook: string): Promise<Delivery | null> {
    const endpoint = await this.#endpoint(webhook);
    const atMs = Date.now();
    const event: EventRow = { ...testEvent, id: -atMs, atMs };
    return endpoint && this.#attempt(webhook, endpoint, event, 1);
  }

  /** Sends one event again, out of order; null when it is no longer there, or is of a channel that the webhook is not told of. */
  async redeliver(webhook: string, event: number): Promise<Delivery | null> {
    const endpoint = await this.#endpoint(webhook);
    if (!endpoint) return null;
    const row = await this.env.DB.prepare(
      `SELECT ${eventColumns} FROM events e WHERE e.id = ?1 AND (?2 IS NULL OR e.channel = ?2)`,
    )
      .bind(event, endpoint.channel)
      .first<EventRow>();
    return row && this.#attempt(webhook, endpoint, row, 1);
  }

  /** A page of the last attempts, the newest first, and the cursor of the next; one that is none begins nowhere. */
  deliveries(
    limit: number,
    cursor: string,
  ): { readonly deliveries: readonly Delivery[]; readonly next: string | null } {
    const before = cursor === '' ? Number.MAX_SAFE_INTEGER : Number(cursor) || 0;
    const rows = this.#storage.sql
      .exec<Record<string, SqlStorageValue>>(
        `SELECT number, event, type, at_ms AS atMs, attempt, status, error, took_ms AS tookMs
         FROM deliveries WHERE number < ? ORDER BY number DESC LIMIT ?`,
        ...[before, limit + 1],
      )
      .toArray();
    const shown = rows.slice(0, limit);
    const next = rows.length > limit ? String(shown.at(-1)?.number) : null;
    return { deliveries: shown.map(({ number: _, ...row }) => row) as unknown as readonly Delivery[], next };
  }

  /** The webhook is deleted: nothing of it stays. */
  async forget(): Promise<void> {
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
  }

  override async alarm(): Promise<void> {
    const webhook = this.#storage.kv.get<string>('webhook');
    if (webhook) await this.#work(webhook);
  }

  async #work(webhook: string): Promise<void> {
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    try {
      for (let sent = 0; sent < webhookLimits.eventsPerRunMax; sent++) {
        if (!(await this.#deliverNext(webhook))) return;
      }
      await this.#storage.setAlarm(Date.now()); // others on this machine want to work too
    } finally {
      this.#isAtWork = false;
    }
  }

  /** False when there is nothing to deliver now. */
  async #deliverNext(webhook: string): Promise<boolean> {
    const endpoint = await this.#endpoint(webhook);
    if (!endpoint || endpoint.disabledMs !== null) return false;
    const event = await this.#next(endpoint);
    if (!event) return false;
    const held = this.#storage.kv.get<Waiting>('waiting');
    const waiting = held?.event === event.id ? held : null;
    if (waiting && waiting.nextMs > Date.now()) {
      await this.#storage.setAlarm(waiting.nextMs);
      return false;
    }
    const attempts = (waiting?.attempts ?? 0) + 1;
    const { status } = await this.#attempt(webhook, endpoint, event, attempts);
    const outcome = settle(status, attempts, Math.random());
    if (outcome.kind === 'delivered') {
      this.#storage.kv.delete('waiting');
      await this.env.DB.prepare('UPDATE webhooks SET cursor = MAX(cursor, ?2) WHERE id = ?1')
        .bind(webhook, event.id)
        .run();
      return true;
    }
    if (outcome.kind === 'stop') {
      this.#storage.kv.delete('waiting');
      await this.env.DB.prepare('UPDATE webhooks SET disabled_ms = ?2, disabled_why = ?3 WHERE id = ?1')
        .bind(webhook, Date.now(), outcome.why)
        .run();
      return false;
    }
    const nextMs = Date.now() + outcome.inMs;
    this.#storage.kv.put('waiting', { event: event.id, attempts, nextMs } satisfies Waiting);
    await this.#storage.setAlarm(nextMs);
    return false;
  }

  #endpoint(webhook: string): Promise<Endpoint | null> {
    return this.env.DB.prepare(
      'SELECT url, channel, types, secret, cursor, disabled_ms AS disabledMs FROM webhooks WHERE id = ?1',
    )
      .bind(webhook)
      .first<Endpoint>();
  }

  #next({ channel, types, cursor }: Endpoint): Promise<EventRow | null> {
    return this.env.DB.prepare(
      `SELECT ${eventColumns} FROM events e
       WHERE e.id > ?1 AND (?2 IS NULL OR e.channel = ?2)
         AND (?3 = '[]' OR e.type IN (SELECT value FROM json_each(?3))) ORDER BY e.id LIMIT 1`,
    )
      .bind(cursor, channel, types)
      .first<EventRow>();
  }

  async #attempt(webhook: string, endpoint: Endpoint, event: EventRow, attempt: number): Promise<Delivery> {
    const keys = await accessKeys(this.env.ACCESS_KEYS);
    const sealed = new TextDecoder().decode(await unseal(keys, webhook, endpoint.secret));
    const atMs = Date.now();
    const secrets = signingSecrets(sealed, atMs);
    const target: Target = { url: endpoint.url, secrets, hosts: this.env.WEBHOOK_HOSTS };
    const sent = await sendEvent(target, event, atMs);
    const { status, error, tookMs } = sent;
    const { sql } = this.#storage;
    sql.exec(
      'INSERT INTO deliveries (event, type, at_ms, attempt, status, error, took_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[event.id, event.type, atMs, attempt, status, error, tookMs],
    );
    sql.exec(
      'DELETE FROM deliveries WHERE number <= (SELECT MAX(number) FROM deliveries) - ?',
      webhookLimits.deliveriesKeptMax,
    );
    return { event: event.id, type: event.type, atMs, attempt, ...sent };
  }
}
