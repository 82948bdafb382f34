import { edgeLimits } from '#shared/limits/edge.ts';
import type { SteeredPathway } from './pathways.ts';

interface Health {
  readonly failures: number;
  readonly checkedMs: number;
}

/** What this isolate has seen of other pathways, by base URL. */
const seen = new Map<string, Health>();

/** Whether a pathway did not answer when it was last asked, more than once in a row. */
export function isAiling({ url }: SteeredPathway): boolean {
  return (seen.get(url)?.failures ?? 0) >= edgeLimits.pathwayFailures;
}

/** Asks the pathways that were not asked for a while; belongs into waitUntil. Never throws. */
export async function checkPathways(pathways: readonly SteeredPathway[]): Promise<void> {
  await Promise.all(pathways.map(({ url }) => check(url)));
}

async function check(url: string): Promise<void> {
  const before = seen.get(url) ?? { failures: 0, checkedMs: Number.NEGATIVE_INFINITY };
  if (Date.now() - before.checkedMs < edgeLimits.pathwayCheckMs) return;
  seen.set(url, { ...before, checkedMs: Date.now() });
  const isWell = await answers(url);
  seen.set(url, { failures: isWell ? 0 : before.failures + 1, checkedMs: Date.now() });
}

async function answers(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(edgeLimits.pathwayCheckMsMax);
    const response = await fetch(`${url}/healthz`, { signal, redirect: 'manual', cache: 'no-store' });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}
