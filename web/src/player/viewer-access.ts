import type { SessionView } from '#shared/model/view.ts';
import { fetchJson, type JsonAnswer } from '../page/fetch-json.ts';
import { refusalOfAccess } from './access-refusals.ts';
import { createTokenRenewal, type PathToken, type TokenRenewal } from './token-renewal.ts';

/** A viewer's way into what is signed: the token of the page's address, and the session that it was exchanged for. */
export interface ViewerAccess {
  /** Asks the API about what the page shows; a session begins with the first question. */
  look<View>(path: string): Promise<JsonAnswer<View>>;
  /** Path of media, with the session in front when there is one. */
  media(path: string): string;
  /** Path of another of our pages, which the viewer comes to with the same access. */
  page(path: string): string;
  /** The session's place was given to another one: it is over until a person wants it {@link again}. */
  lose(): void;
  again(): void;
  /** Null while no token is needed. */
  renewal(): TokenRenewal | null;
}

/** What a session begins with: `POST /api/v1/session`. */
type SessionWish = ({ readonly channel: string } | { readonly broadcast: string } | { readonly clip: string }) & {
  readonly embeddedOn?: string;
};

/**
 * Takes the token out of `#token=…`: a fragment is never sent anywhere, and from here on it is not in the address either, so
 * that it gets into no history, bookmark or screenshot. The same of `?token=…`, which a page in a frame is given.
 */
export function takeToken(location: Location, history: History): string | null {
  const { pathname, search, hash } = location;
  const pattern = /^[#?](?:.*&)?token=([A-Za-z0-9._~-]+)(?:&|$)/;
  const token = pattern.exec(hash)?.[1] ?? pattern.exec(search)?.[1] ?? null;
  if (token === null) return null;
  const rest = search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !pair.startsWith('token='));
  history.replaceState(history.state, '', pathname + (rest.length > 0 ? `?${rest.join('&')}` : ''));
  return token;
}

/** Access with a token, or without one to what is open to everybody. */
export function createViewerAccess(wish: SessionWish, token: string | null): ViewerAccess {
  let session: string | null = null;
  let expiresMs: number | null = null;
  let renewal: TokenRenewal | null = null;
  let isLost = false;
  const begin = async () => {
    const answer = await fetchJson<SessionView>('/api/v1/session', { token: token ?? '', body: wish });
    if (answer.ok) ({ session, expiresMs } = answer.body);
    return answer;
  };
  const enter = async () => {
    const answer = await begin();
    if (answer.ok && session !== null) renewal = createTokenRenewal(pathToken(answer.body, session), fetchToken);
    return answer;
  };
  const fetchToken = async (): Promise<PathToken> => {
    const beforeMs = expiresMs;
    const answer = await begin();
    if (session === null) throw new Error('there is no session');
    // What ends no later than before, or is refused, is not had by asking again.
    const isLast = answer.ok ? (answer.body.expiresMs ?? 0) <= (beforeMs ?? 0) : refusalOfAccess(answer) !== null;
    if (isLast) return { token: session, lifeMs: Number.POSITIVE_INFINITY };
    if (!answer.ok) throw new Error('there is no new session');
    return pathToken(answer.body, session);
  };
  const lookOnce = <View>(path: string) => fetchJson<View>(path, session === null ? {} : { token: session });
  return {
    async look(path) {
      if (isLost) return { ok: false, status: 429, code: 'too_many_streams' };
      if (token !== null && session === null) {
        const begun = await enter();
        if (!begun.ok) return begun;
      }
      const answer = await lookOnce<never>(path);
      if (answer.ok) return answer;
      // A device that slept may have let its session lapse; the link may still be good for another one.
      const isLapsed = answer.code === 'token_expired' && session !== null;
      // What is open on some sites only is open to our page in a frame there, once it has said where it is.
      const isSomewhere = answer.code === 'site_refused' && session === null && wish.embeddedOn !== undefined;
      if (!isLapsed && !isSomewhere) return answer;
      session = null;
      const begun = await enter();
      return begun.ok ? lookOnce(path) : begun;
    },
    media: (path) => (session === null ? path : `/t/${session}${path}`),
    page(path) {
      // A clip's session opens that clip alone, what its token opens may be more.
      const carried = 'clip' in wish ? token : (session ?? token);
      return carried === null ? path : `${path}#token=${carried}`;
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
