import { edgeLimits } from '#shared/limits/edge.ts';
import { packagerLimits } from '#shared/limits/packager.ts';
import type { Answer, TierRequest } from '../cache/answer.ts';

/** Statuses of a shield that got nothing from an origin; what an origin itself refuses is no fault of the edge. */
const unreached: ReadonlySet<number> = new Set([502, 504]);

/**
 * Notices when a region's viewers get playlists that are older than players put up with, one and a half target durations
 * (rfc8216bis 6.3.4: from then on they take the live edge to stand still), or none at all for as long.
 */
export class StaleWatch {
  readonly #onStale: (broadcast: string) => void;
  #unreachedSinceMs: number | null = null;
  #toldMs = Number.NEGATIVE_INFINITY;

  /** @param onStale told of a broadcast now and then while it is so */
  constructor(onStale: (broadcast: string) => void) {
    this.#onStale = onStale;
  }

  /** A PoP is about to get this answer. */
  see({ route }: TierRequest, answer: Answer, nowMs: number): void {
    if (route.kind !== 'media-playlist' && route.kind !== 'mpd') return;
    if (!this.#isOld(answer, nowMs) || nowMs - this.#toldMs < edgeLimits.staleToldMs) return;
    this.#toldMs = nowMs;
    this.#onStale(route.broadcast);
  }

  #isOld({ status, state, bornMs }: Answer, nowMs: number): boolean {
    const targetMs = state ? state.targetDurationS * 1_000 : packagerLimits.segmentTargetMs;
    const allowedMs = 1.5 * targetMs;
    if (status === 200) {
      this.#unreachedSinceMs = null;
      return state?.ended !== true && nowMs - bornMs > allowedMs;
    }
    if (!unreached.has(status)) return false;
    this.#unreachedSinceMs ??= nowMs;
    return nowMs - this.#unreachedSinceMs > allowedMs;
  }
}
