import { edgeLimits } from '#shared/limits/edge.ts';
import { type Answer, type Call, refusal, type TierRequest } from '../cache/answer.ts';
import { type Counts, isolateCounters } from '../cache/counters.ts';
import { hash32 } from '../cache/hash.ts';
import { fillLog, newLog } from '../cache/relay.ts';
import type { Region } from './region.ts';
import type { Shield } from './shield.ts';

/** What a shield returns: an {@link Answer} with its age, since two machines have two clocks. */
export interface ShieldAnswer extends Omit<Answer, 'bornMs' | 'growing'> {
  readonly ageMs: number;
  /** A segment in the making, as it comes; this reader's own. */
  readonly stream: ReadableStream<Uint8Array> | null;
  /** What this shield counted since it last answered anybody; whoever asked adds it to its own. */
  readonly counts: Counts | null;
}

/** Asks the shield of this object's broadcast, rendition and region. One repeat when the shield was moved or restarted. */
export async function askShield(
  shields: DurableObjectNamespace<Shield>,
  region: Region,
  request: TierRequest,
  waitUntil: Call['waitUntil'],
): Promise<Answer> {
  try {
    return await askOnce(shields, region, request, waitUntil);
  } catch (error) {
    if (isRetryable(error)) {
      try {
        return await askOnce(shields, region, request, waitUntil);
      } catch (again) {
        return failed(again, request);
      }
    }
    return failed(error, request);
  }
}

async function askOnce(
  shields: DurableObjectNamespace<Shield>,
  region: Region,
  request: TierRequest,
  waitUntil: Call['waitUntil'],
): Promise<Answer> {
  const name = `${shieldNameOf(request)}/${region}`;
  const stub = shields.get(shields.idFromName(name), { locationHint: region });
  const { status, body, stream, state, ageMs, from, foreign, location, counts } = await stub.answer(request);
  if (counts) isolateCounters.addAll(counts);
  const traits = { ...(foreign && { foreign }), ...(location && { location }) };
  const answer: Answer = { status, body, state, bornMs: Date.now() - ageMs, from, ...traits };
  if (!stream) return answer;
  const growing = newLog();
  waitUntil(fillLog(growing, stream, edgeLimits.growingStallMsMax + edgeLimits.tierMarginMs));
  return { ...answer, growing };
}

/**
 * Viewers' paths must not make shields at will, and one shield has few connections: a channel with a foreign source has a
 * few, each object always the same one.
 */
function shieldNameOf({ route, path }: TierRequest): string {
  if (route.kind === 'foreign') return `x/${route.channel}/${hash32(path) % edgeLimits.foreignShieldsPerChannel}`;
  return `${route.broadcast}/${'rendition' in route ? route.rendition : 'manifest'}`;
}

/** An overloaded object must be left alone; one that moved or was restarted may be asked again. */
function isRetryable(error: unknown): boolean {
  const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
  return retryable === true && overloaded !== true;
}

function failed(error: unknown, request: TierRequest): Answer {
  const isOverloaded = (error as { overloaded?: boolean }).overloaded === true;
  console.error(JSON.stringify({ event: 'shield_failed', path: request.path, isOverloaded, error: String(error) }));
  return isOverloaded
    ? refusal(
        'overloaded',
        'The shield of this stream has too much to do; ask again in a moment.',
        Date.now(),
        'shield',
      )
    : refusal('upstream_failed', 'The shield of this stream failed to answer.', Date.now(), 'shield');
}
