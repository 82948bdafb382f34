import type { SessionView, WatchView } from '#shared/model/view.ts';
import { fetchJson, type JsonAnswer } from '../page/fetch-json.ts';
import { createTokenRenewal, type PathToken, type TokenRenewal } from '../player/token-renewal.ts';

/** A viewer's way into a signed channel: the token of the page's address, and the session that it was exchanged for. */
export interface ViewerAccess {
  /** The channel's view; a session begins with the first one. */
  look(): Promise<JsonAnswer<WatchView>>;
  /** The session's place was given to another one: it is over until a person wants it {@link again}. */
  lose(): void;
  again(): void;
  /** Null while no token is needed. */
  renewal(): TokenRenewal | null;
}

/**
 * Takes the token out of `#token=…`: a fragment is never sent anywhere, and from here on it is not in the address either, so
 * that it gets into no history, bookmark or screenshot.
 */
export function takeToken(location: Location, history: History): string | null {
  const [, token = null] = /^#(?:.*&)?token=([A-Za-z0-9._~-]+)(?:&|$)/.exec(location.hash) ?? [];
  if (token !== null) history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}

/** Access to a channel with a token, or without one to what is open to everybody. */
export function createViewerAccess(channel: string, token: string | null): ViewerAccess {
  let session: string | null = null;
  let renewal: TokenRenewal | null = null;
  let isLost = false;
  const begin = async () => {
    const answer = await fetchJson<SessionView>('/api/v1/session', { token: token ?? '', body: { channel } });
    if (answer.ok) session = answer.body.session;
    return answer;
  };
  const fetchToken = async (): Promise<PathToken> => {
    const answer = await begin();
    if (!answer.ok || answer.body.session === null) throw new Error('there is no session');
    return pathToken(answer.body, answer.body.session);
  };
  return {
    async look() {
      if (isLost) return { ok: false, status: 429, code: 'too_many_streams' };
      if (token !== null && session === null) {
        const answer = await begin();
        if (!answer.ok) return answer;
        if (answer.body.session !== null)
          renewal = createTokenRenewal(pathToken(answer.body, answer.body.session), fetchToken);
      }
      const answer = await fetchJson<WatchView>(`/api/v1/watch/${channel}`, session === null ? {} : { token: session });
      if (!answer.ok || session === null) return answer;
      const { hls, dash } = answer.body;
      return { ok: true, body: { ...answer.body, hls: `/t/${session}${hls}`, dash: `/t/${session}${dash}` } };
    },
    lose() {
      isLost = true;
      session = null;
    },
    again() {
      isLost = false;
    },
    renewal: () => renewal,
  };
}

function pathToken({ expiresMs, nowMs }: SessionView, token: string): PathToken {
  return { token, lifeMs: expiresMs === null ? Number.POSITIVE_INFINITY : expiresMs - nowMs };
}
