import { controlLimits } from '#shared/limits/control.ts';
import { type CounterName, counterNames, isolateCounters } from '../cache/counters.ts';
import type { PopDetails } from './contract/origins.ts';
import { Recent } from './recent.ts';
import type { Page } from './schemas.ts';

let flushedMs = Number.NEGATIVE_INFINITY;

/** Adds what this isolate counted to its PoP's row, if that was not done for a while; belongs into waitUntil. Never throws. */
export async function flushCountsSoon(db: D1Database, pop: string, nowMs: number): Promise<void> {
  if (nowMs - flushedMs >= controlLimits.countersFlushMs) await flushCounts(db, pop, nowMs);
}

async function flushCounts(db: D1Database, pop: string, nowMs: number): Promise<void> {
  flushedMs = nowMs;
  const counts = isolateCounters.take();
  if (!counts) return;
  try {
    await db
      .prepare(
        `INSERT INTO pop_counters (pop, name, value, updated_ms)
         SELECT ?1, key, value, ?3 FROM json_each(?2) WHERE TRUE
         ON CONFLICT (pop, name) DO UPDATE SET value = value + excluded.value, updated_ms = excluded.updated_ms`,
      )
      .bind(pop, JSON.stringify(counts), nowMs)
      .run();
  } catch (error) {
    isolateCounters.addAll(counts);
    console.warn(JSON.stringify({ event: 'counters_not_stored', error: String(error) }));
  }
}

interface Row {
  readonly pop: string;
  readonly name: CounterName;
  readonly value: number;
  readonly seenMs: number;
}

const selectRows = 'SELECT pop, name, value, updated_ms AS seenMs FROM pop_counters';

/** A page of the PoPs that were heard of, by name, with their counts; the answering isolate's are added first. */
export async function listPops(db: D1Database, pop: string, page: Page, nowMs: number) {
  await flushCounts(db, pop, nowMs);
  const { results } = await db
    .prepare(
      `${selectRows} WHERE pop IN (SELECT DISTINCT pop FROM pop_counters WHERE pop > ?1 ORDER BY pop LIMIT ?2)
       ORDER BY pop, name`,
    )
    .bind(page.cursor, page.limit + 1)
    .all<Row>();
  const found = [...Map.groupBy(results, (row) => row.pop)].map(([name, rows]) => details(name, rows));
  const pops = found.slice(0, page.limit);
  return { pops, next: found.length > page.limit ? (pops.at(-1)?.pop ?? null) : null };
}

function details(pop: string, rows: readonly Row[]): PopDetails {
  const seenMs = Math.max(...rows.map((row) => row.seenMs));
  return { pop, seenMs, counters: Object.fromEntries(rows.map(({ name, value }) => [name, value])) };
}

const recentMetrics = new Recent<string>(controlLimits.metricsTtlMs, 1);

/** One PoP's counts as Prometheus reads them (text format 0.0.4); read at most once a second. */
export function popMetrics(db: D1Database, pop: string, nowMs: number): Promise<string> {
  return recentMetrics.get(pop, nowMs, async () => {
    await flushCounts(db, pop, nowMs);
    const { results } = await db.prepare(`${selectRows} WHERE pop = ?1`).bind(pop).all<Row>();
    const values = new Map(results.map(({ name, value }) => [name, value]));
    const label = pop.replace(/[^\w.-]/g, '_');
    return counterNames
      .map((name) => {
        const metric = `headwater_pop_${name}_total`;
        return `# TYPE ${metric} counter\n${metric}{pop="${label}"} ${values.get(name) ?? 0}\n`;
      })
      .join('');
  });
}
