import { pageLimits } from '#shared/limits/page.ts';

/** A token for the path of media URLs, and how long from now it may be used. */
export interface PathToken {
  readonly token: string;
  /** Infinity: for as long as the page is open. */
  readonly lifeMs: number;
}

/** Keeps the token in a player's URLs fresh: for hls.js by `xhrSetup`, for dash.js by a request interceptor. */
export interface TokenRenewal {
  /** The same URL with the token that is good now; one without a token stays as it is. Never rejects. */
  freshUrl(url: string): Promise<string>;
}

/**
 * Swaps the path token of each request, ten seconds before it ends, or half of its life where that is less. A token that
 * cannot be had is asked for again a second later; until it is there the old one is used, and refused in the end.
 * @param first the token that the first URL has
 * @param fetchToken asks whoever mints for the next one
 * @param now a clock that only goes forward, ms
 */
export function createTokenRenewal(
  first: PathToken,
  fetchToken: () => Promise<PathToken>,
  now: () => number = () => performance.now(),
): TokenRenewal {
  let { token } = first;
  let dueMs = dueAfter(now(), first.lifeMs);
  let asking: Promise<void> | null = null;
  const renew = async () => {
    try {
      const next = await fetchToken();
      token = next.token;
      dueMs = dueAfter(now(), next.lifeMs);
    } catch {
      dueMs = now() + pageLimits.tokenRetryMs;
    } finally {
      asking = null;
    }
  };
  return {
    async freshUrl(url) {
      if (now() >= dueMs) {
        asking ??= renew();
        await asking;
      }
      return url.replace(/(^|[^/])\/t\/[A-Za-z0-9._~-]+\//, (_, before: string) => `${before}/t/${token}/`);
    },
  };
}

function dueAfter(nowMs: number, lifeMs: number): number {
  return nowMs + lifeMs - Math.min(pageLimits.tokenRenewEarlyMs, lifeMs / 2);
}
