import { webhookLimits } from '#shared/limits/control.ts';
import { noteSilentOrigins } from '../control/silent-origins.ts';
import type { Env } from '../env.ts';

type PokeEnv = Pick<Env, 'DB' | 'WEBHOOKS'>;

/** Wakes the couriers of webhooks that have something to deliver, and lets go of old events. Never throws: origins tell us often. */
export async function pokeCouriers({ DB, WEBHOOKS }: PokeEnv, nowMs: number): Promise<void> {
  try {
    await noteSilentOrigins(DB, nowMs);
    const [due] = await DB.batch<{ id: string }>([
      DB.prepare(
        `SELECT w.id FROM webhooks w WHERE w.disabled_ms IS NULL AND EXISTS (
           SELECT 1 FROM events e WHERE e.id > w.cursor AND (w.channel IS NULL OR e.channel = w.channel)
             AND (w.types = '[]' OR e.type IN (SELECT value FROM json_each(w.types))))
         LIMIT ?1`,
      ).bind(webhookLimits.webhooksMax),
      DB.prepare(
        'DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)',
      ).bind(nowMs - webhookLimits.eventsKeptMs, webhookLimits.eventsDroppedMax),
    ]);
    await Promise.allSettled((due?.results ?? []).map(({ id }) => courierOf(WEBHOOKS, id).poke(id)));
  } catch (error) {
    console.error(JSON.stringify({ event: 'webhooks_not_poked', error: String(error) }));
  }
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
