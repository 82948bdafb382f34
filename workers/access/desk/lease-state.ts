import { deskLimits } from '#shared/limits/access.ts';

/** A session that plays. Times in ms since the Unix epoch. */
interface Place {
  readonly session: string;
  readonly untilMs: number;
}

/** One viewer's sessions, the one that began first in front. */
export interface ViewerState {
  readonly places: readonly Place[];
  /** Sessions that a newer one ended: they do not come back by themselves. */
  readonly ended: readonly Place[];
}

/** A session that asks for a place, or to keep the one it has. */
export interface PlaceRequest {
  readonly session: string;
  readonly streamsMax: number;
  readonly whenFull: 'refuse-newest' | 'end-oldest';
  readonly isNew: boolean;
}

export const noSessions: ViewerState = Object.freeze({ places: [], ended: [] });

/** Decides whether a session may play, and what that does to the others of its viewer; `untilMs` null: it may not. */
export function takePlace(
  state: ViewerState,
  request: PlaceRequest,
  nowMs: number,
): { readonly state: ViewerState; readonly untilMs: number | null } {
  const { session } = request;
  const { places, ended } = running(state, nowMs);
  const refused = { state: { places, ended }, untilMs: null };
  if (ended.some((place) => place.session === session)) return refused;
  const untilMs = nowMs + deskLimits.leaseMs;
  const mine = { session, untilMs };
  if (places.some((place) => place.session === session)) {
    const kept = places.map((place) => (place.session === session ? mine : place));
    return { state: { places: kept, ended }, untilMs };
  }
  const tooMany = places.length - request.streamsMax + 1;
  if (tooMany <= 0) return { state: { places: [...places, mine], ended }, untilMs };
  // Only a session that just began may end others: one that slept and comes back finds its place taken.
  if (request.whenFull === 'refuse-newest' || !request.isNew || request.streamsMax < 1) return refused;
  const over = places
    .slice(0, tooMany)
    .map((place) => ({ session: place.session, untilMs: nowMs + deskLimits.endedMs }));
  const remembered = [...ended, ...over].slice(-deskLimits.endedMax);
  return { state: { places: [...places.slice(tooMany), mine], ended: remembered }, untilMs };
}

/** Gives a place back at once. */
export function leavePlace(state: ViewerState, session: string): ViewerState {
  return { ...state, places: state.places.filter((place) => place.session !== session) };
}

/** When nothing of it matters any more, ms since the Unix epoch; 0 when it does not now. */
export function viewerEndMs({ places, ended }: ViewerState): number {
  return Math.max(0, ...places.map((place) => place.untilMs), ...ended.map((place) => place.untilMs));
}

function running({ places, ended }: ViewerState, nowMs: number): ViewerState {
  const isRunning = (place: Place) => place.untilMs > nowMs;
  return { places: places.filter(isRunning), ended: ended.filter(isRunning) };
}
