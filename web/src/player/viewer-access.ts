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

/**
 * Access with a token, or without one to what is open to everybody.
 * @param keep told of each session that the token was exchanged for, and null once that opens nothing any more
 */
export function createViewerAccess(
  wish: SessionWish,
  token: string | null,
  keep: (session: string | null) => void = () => {},
): ViewerAccess {
  let session: string | null = null;
  let expiresMs: number | null = null;
  let renewal: TokenRenewal | null = null;
  let isLost = false;
  // Each exchange is a use of the link and takes a place among the viewer's screens: a page makes one, whoever asks.
  const begin = oneAtATime(async () => {
    const answer = await fetchJson<SessionView>('/api/v1/session', { token: token ?? '', body: wish });
    if (answer.ok) ({ session, expiresMs } = answer.body);
    if (token !== null && answer.ok) keep(session);
    else if (hasEnded(answer)) keep(null);
    return answer;
  });
  const enter = oneAtATime(async () => {
    const answer = await begin();
    if (answer.ok && session !== null) renewal = createTokenRenewal(pathToken(answer.body, session), fetchToken);
    return answer;
  });
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
      const used = session;
      const answer = await lookOnce<never>(path);
      if (answer.ok) return answer;
      if (used !== null && used === session && hasEnded(answer)) keep(null);
      // A device that slept may have let its session lapse; the link may still be good for another one.
      const isLapsed = answer.code === 'token_expired' && used !== null && !isLost;
      // What is open on some sites only is open to our page in a frame there, once it has said where it is.
      const isSomewhere = answer.code === 'site_refused' && used === null && wish.embeddedOn !== undefined;
      if (!isLapsed && !isSomewhere) return answer;
      // Another look may have begun anew by now, or be about to.
      if (session === used) session = null;
      if (session === null) {
        const begun = await enter();
        if (!begun.ok) return begun;
      }
      return lookOnce(path);
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

/** Whoever asks while the task is under way gets the answer of that one. */
function oneAtATime<T>(task: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= task().finally(() => {
      running = null;
    });
    return running;
  };
}

/** Whether a token or a session is of no use from now on. */
function hasEnded(answer: JsonAnswer<unknown>): boolean {
  return !answer.ok && (answer.code === 'token_expired' || answer.code === 'token_revoked');
}

function pathToken({ expiresMs, nowMs }: SessionView, token: string): PathToken {
  return { token, lifeMs: expiresMs === null ? Number.POSITIVE_INFINITY : expiresMs - nowMs };
}
