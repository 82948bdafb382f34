/** What a request was for; rules choose by it. */
export type Purpose =
  | 'entry'
  | 'playlist'
  | 'blocking-playlist'
  | 'init'
  | 'segment'
  | 'part'
  | 'hinted-part'
  | 'mpd'
  | 'clock'
  | 'probe';

/** One request and its answer, without the body. */
export interface Exchange {
  readonly purpose: Purpose;
  readonly method: 'GET' | 'HEAD';
  readonly url: string;
  /** Where redirects led. */
  readonly finalUrl: string;
  readonly redirects: number;
  /** 0: no answer; then `error` says why. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  /** SHA-256 of the body, hexadecimal. */
  readonly digest: string;
  readonly requestedAtMs: number;
  readonly headersAtMs: number;
  readonly firstByteAtMs: number;
  readonly endedAtMs: number;
  readonly error: string | null;
}

/** An exchange that still has its body. */
export interface Answer {
  readonly exchange: Exchange;
  readonly body: Buffer;
}

/** Milliseconds between request and the whole answer. */
export function tookMs(exchange: Exchange): number {
  return exchange.endedAtMs - exchange.requestedAtMs;
}
