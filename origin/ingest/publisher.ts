import type { FlvTag } from './flv.ts';

export interface PublishRequest {
  /** Server-made, unique for the life of the origin. */
  readonly session: string;
  readonly streamKey: string;
  readonly ip: string;
  /** What the encoder calls itself when it connects, at most 64 printable characters. */
  readonly encoder: string;
}

/** Why a publisher's stream ended. `limit`: it broke a limit or the protocol; `kicked`: `Publisher.close`. */
export type EndReason = 'closed' | 'idle' | 'limit' | 'kicked' | 'ingest_crashed';

/** Takes one publisher's tags in order. After `end`, which comes once, nothing follows. */
export interface PublisherSink {
  tag(tag: FlvTag): void;
  end(reason: EndReason): void;
}

export interface Publisher {
  readonly session: string;
  /** Closes the connection: RTMP status with the sentence, then the socket. No tag follows. */
  close(sentence: string): void;
}

export type PublishDecision =
  | { readonly accept: true; readonly sink: PublisherSink }
  | { readonly accept: false; readonly code: string; readonly sentence: string };

/** Asked once for each publisher. */
export type Decide = (request: PublishRequest, publisher: Publisher) => Promise<PublishDecision>;
