import { webhookLimits } from '#shared/limits/control.ts';
import { noteSilentOrigins } from '../control/silent-origins.ts';
import type { Env } from '../env.ts';
import { hasWaiting } from './event.ts';

type PokeEnv = Pick<Env, 'DB' | 'WEBHOOKS'>;

/** Wakes the couriers of webhooks that have something to deliver, and lets go of old events. Never throws: origins tell us often. */
export async function pokeCouriers({ DB, WEBHOOKS }: PokeEnv, nowMs: number): Promise<void> {
  try {
    await noteSilentOrigins(DB, nowMs);
    const [due] = await DB.batch<{ id: string }>([
      DB.prepare(`SELECT w.id FROM webhooks w WHERE w.disabled_ms IS NULL AND ${hasWaiting} LIMIT ?1`).bind(
        webhookLimits.webhooksMax,
      ),
      // Or each poke would look through all that was passed over, for a week.
      DB.prepare(
        `UPDATE webhooks AS w SET cursor = (SELECT MAX(id) FROM events)
         WHERE w.disabled_ms IS NULL AND w.cursor < (SELECT MAX(id) FROM events) - ?1 AND NOT ${hasWaiting}`,
      ).bind(webhookLimits.passedEventsMax),
      DB.prepare(
        'DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)',
      ).bind(nowMs - webhookLimits.eventsKeptMs, webhookLimits.eventsDroppedMax),
    ]);
    await Promise.allSettled((due?.results ?? []).map(({ id }) => courierOf(WEBHOOKS, id).poke(id)));
  } catch (error) {
    console.error(JSON.stringify({ event: 'webhooks_not_poked', error: String(error) }));
  }
}

/**
 * How soon webhooks hear of what a call to a path of the API may have changed: at once; now and then, for calls that come all
 * the time; or not at all. Reading changes nothing, and media of an origin, a part of a file
 * or a viewer's session is no news.
 */
export function urgencyOf(method: string, path: string): 'at-once' | 'now-and-then' | null {
  if (method === 'GET' || /\/(?:origin\/objects|imports\/[^/]*\/parts|session$)/.test(path)) return null;
  return /\/origin\/(?:heartbeat|lease|imports\/report)$/.test(path) ? 'now-and-then' : 'at-once';
}

/** The courier of a webhook. */
export function courierOf(namespace: Env['WEBHOOKS'], webhook: string) {
  return namespace.get(namespace.idFromName(webhook));
}

let pokedMs = 0;

/** As {@link pokeCouriers}, a few times a minute at most in this isolate: for calls that come all the time. */
export async function pokeNowAndThen(env: PokeEnv, nowMs: number): Promise<void> {
  if (nowMs - pokedMs < webhookLimits.pokeMsMin) return;
  pokedMs = nowMs;
  await pokeCouriers(env, nowMs);
}
