import { cliLimits } from '#shared/limits/cli.ts';
import type { Address } from '../address.ts';
import type { Api } from '../api.ts';
import { CliError } from '../cli-error.ts';
import { isLoopback } from '../loopback.ts';
import { unreachable } from '../refusal.ts';
import { failed, ok, skipped, type Verdict } from './verdict.ts';

/** Whether the API token travels where others can read it. */
export function checkTransport({ url }: Address): Verdict {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:') return ok('transport', 'encrypted');
  if (isLoopback(url)) return ok('transport', 'stays on this machine');
  return failed('transport', 'Not encrypted: the API token can be read on the way.', `Use https://${hostname}.`);
}

/** `GET /healthz` of a PoP. */
export async function checkEdge({ url }: Address): Promise<Verdict> {
  const begunMs = performance.now();
  const response = await fetchPop(`${url}/healthz`);
  const text = await response.text();
  const took = `${Math.round(performance.now() - begunMs)} ms`;
  const health = parse(text) as { readonly status?: unknown; readonly pop?: unknown } | null;
  if (!response.ok || health?.status !== 'ok') {
    const fix = 'Name a PoP with --url or HEADWATER_URL; after a failed deploy: npx headwater deploy.';
    return failed('edge', `${url}/healthz answers ${response.status}, and not as a PoP does.`, fix);
  }
  return ok('edge', `PoP ${String(health.pop)} answers in ${took} (${url})`);
}

/** This machine's clock against the PoP's: signatures fail past a minute, and latency figures lie long before. */
export async function checkClock({ url }: Address, skewMsMax: number = cliLimits.clockSkewMsMax): Promise<Verdict> {
  const sentMs = Date.now();
  const response = await fetchPop(`${url}/time`);
  const text = await response.text();
  const gotMs = Date.now();
  const theirMs = Date.parse(response.ok ? text : (response.headers.get('date') ?? ''));
  if (Number.isNaN(theirMs)) {
    return failed('clock', `${url}/time does not tell the time (${response.status}).`, 'Is this the address of a PoP?');
  }
  const skewMs = Math.round((sentMs + gotMs) / 2) - theirMs;
  const words = `${Math.abs(skewMs)} ms ${skewMs < 0 ? 'behind' : 'ahead of'} the PoP`;
  if (Math.abs(skewMs) <= skewMsMax) return ok('clock', words);
  return failed('clock', `This machine's clock is ${words}.`, 'Set it by NTP: timedatectl set-ntp true.');
}

/** The API with the token that is known. */
export async function checkApi(api: Api): Promise<Verdict> {
  const { channels } = await api.get('/channels', { limit: 1 });
  return ok('api', channels.length === 0 ? 'the token is right; there are no channels yet' : 'the token is right');
}

/** Whether an origin lives that encoders can publish to. */
export async function checkOrigins(api: Api): Promise<Verdict> {
  const { rows: origins } = await api.list('/origins', 'origins');
  const alive = origins.filter(({ dead }) => !dead).map(({ id }) => id);
  if (alive.length > 0) return ok('origins', `${alive.length} alive: ${alive.join(', ')}`);
  const detail = origins.length === 0 ? 'No origin was ever heard of.' : `All ${origins.length} origins are dead.`;
  return failed('origins', detail, 'Start one: docs/operate/origin.md. The wire keys must be the same on both sides.');
}

/** Turns what a check throws into a verdict: it never ends the others. */
export async function guarded(check: string, work: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CliError && error.code === 'no_token') return skipped(check, error.message);
    if (error instanceof CliError) return failed(check, `${error.message} (${error.code})`, error.hint);
    return failed(check, (error as Error).message, 'Try again; if it stays, it is a defect: tell it.');
  }
}

/** Asks a PoP for something that needs no token; throws `unreachable` or `timed_out`. */
export async function fetchPop(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(cliLimits.checkMsMax), ...init });
  } catch (cause) {
    throw unreachable(new URL(url).origin, cause);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
