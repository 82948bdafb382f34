import { controlLimits } from '#shared/limits/control.ts';
import type { IngestEndpoint } from '#shared/wire/control.ts';
import type { CfPlace, Env } from '../env.ts';
import { type Coordinates, type IngestCandidate, isFull, type RankedIngest, rankIngests } from './nearest.ts';
import { Recent } from './recent.ts';

/** An endpoint in the shape that encoders know from Twitch's list, `{stream_key}` to be filled in. */
interface ListedIngest {
  readonly _id: string;
  readonly name: string;
  readonly default: boolean;
  /** 1: takes broadcasts; 0: full at this moment. */
  readonly availability: number;
  readonly priority: number;
  readonly url_template: string;
  readonly url_template_secure: string | null;
  /** The next best on another origin; null when there is no other. */
  readonly url_template_backup: string | null;
  readonly url_template_secure_backup: string | null;
  readonly distance_km: number | null;
}

const recent = new Recent<readonly IngestCandidate[]>(controlLimits.ingestsTtlMs, 1);

/** The place of whoever asks: what the platform knows, else what the local stack says. */
export function placeOf(request: Request, env: Pick<Env, 'CF_JSON'>): CfPlace {
  return (request.cf as CfPlace | undefined) ?? env.CF_JSON ?? {};
}

/** Where a streamer at this place publishes best: living origins that take broadcasts, the nearest with room first. */
export async function answerIngests(request: Request, env: IngestsEnv): Promise<Response> {
  const ranked = await rankedFor(request, env);
  const ingests = ranked.slice(0, controlLimits.ingestsListedMax).map((one, at) => listed(one, at, ranked));
  const headers = { 'access-control-allow-origin': '*', 'cache-control': 'private, max-age=1' };
  return Response.json({ ingests }, { headers });
}

/** Server for the settings of an encoder at this place, over TLS where that is offered; null when there is none. */
export async function nearestServer(request: Request, env: IngestsEnv): Promise<string | null> {
  const nearest = (await rankedFor(request, env))[0]?.ingest;
  return nearest ? (nearest.rtmpsUrl ?? nearest.rtmpUrl) : null;
}

type IngestsEnv = Pick<Env, 'DB' | 'CF_JSON'>;

async function rankedFor(request: Request, env: IngestsEnv): Promise<readonly RankedIngest[]> {
  const nowMs = Date.now();
  const candidates = await recent.get('', nowMs, () => findCandidates(env.DB));
  return rankIngests(candidates, coordinatesOf(placeOf(request, env)), nowMs);
}

function listed({ ingest, distanceKm }: RankedIngest, priority: number, all: readonly RankedIngest[]): ListedIngest {
  const backup = all.find(({ ingest: other }) => other.origin !== ingest.origin)?.ingest;
  return {
    _id: ingest.origin,
    name: ingest.place?.name ?? ingest.origin,
    default: priority === 0,
    availability: isFull(ingest) ? 0 : 1,
    priority,
    url_template: template(ingest.rtmpUrl),
    url_template_secure: ingest.rtmpsUrl && template(ingest.rtmpsUrl),
    url_template_backup: backup ? template(backup.rtmpUrl) : null,
    url_template_secure_backup: backup?.rtmpsUrl ? template(backup.rtmpsUrl) : null,
    distance_km: distanceKm === null ? null : Math.round(distanceKm),
  };
}

function template(url: string): string {
  return `${url}/{stream_key}`;
}

/** Where a place is on the Earth; null when that is not known. */
export function coordinatesOf({ latitude, longitude }: CfPlace): Coordinates | null {
  const point = { latitude: Number(latitude ?? Number.NaN), longitude: Number(longitude ?? Number.NaN) };
  return Number.isFinite(point.latitude) && Number.isFinite(point.longitude) ? point : null;
}

async function findCandidates(db: D1Database): Promise<readonly IngestCandidate[]> {
  const { results } = await db
    .prepare(
      `SELECT id AS origin, load, seen_ms AS seenMs, draining, ingest,
         (SELECT COUNT(*) FROM broadcasts WHERE origin = origins.id AND state <> 'ended') AS held
       FROM origins WHERE ingest IS NOT NULL ORDER BY seen_ms DESC LIMIT ?1`,
    )
    .bind(controlLimits.originsListedMax)
    .all<Pick<IngestCandidate, 'origin' | 'load' | 'seenMs' | 'held'> & { draining: 0 | 1; ingest: string }>();
  return results.map(({ ingest, draining, ...row }) => {
    return { ...row, ...(JSON.parse(ingest) as IngestEndpoint), draining: draining === 1 };
  });
}
