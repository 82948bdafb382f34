import { corsHeaders } from './respond.ts';

/** `/time`: the PoP's clock for players (DASH UTCTiming, schemes http-iso, http-xsdate and http-head). Never cached. */
export function serveClock(isHead: boolean): Response {
  const now = new Date();
  const headers = {
    ...corsHeaders,
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    date: now.toUTCString(),
  };
  return new Response(isHead ? null : now.toISOString(), { headers });
}
