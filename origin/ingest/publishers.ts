import type { Log } from '../observe/log.ts';
import { type Frame, frameContent, frameTag, frameTypes } from './frame.ts';
import { inTime } from './in-time.ts';
import type { IngestLimits } from './ingest-limits.ts';
import type { Decide, EndReason, PublisherSink } from './publisher.ts';

interface Entry {
  readonly session: string;
  readonly number: number;
  sink: PublisherSink | null;
  over: EndReason | null;
}

export interface PublishersOptions {
  /** Makes session names unique across runs of the ingest process. */
  readonly prefix: string;
  readonly limits: IngestLimits;
  readonly decide: Decide;
  readonly log: Log;
  readonly send: (type: number, session: number, content: object) => void;
}

const failed = 'The server failed on this stream. Please start it again.';

/** The publishers of one run of the ingest process, from their request to their end. */
export class Publishers {
  readonly #options: PublishersOptions;
  readonly #entries = new Map<number, Entry>();

  constructor(options: PublishersOptions) {
    this.#options = options;
  }

  /** A frame from the ingest process. */
  frame(frame: Frame): void {
    if (frame.type === frameTypes.tag) this.#tag(frame);
    else if (frame.type === frameTypes.publish) void this.#publish(frame);
    else if (frame.type === frameTypes.ended) {
      const entry = this.#entries.get(frame.session);
      const { reason } = frameContent(frame) as { reason: EndReason };
      if (entry) this.#end(entry, reason);
    } else if (frame.type === frameTypes.log) {
      const { level, fields, message } = frameContent(frame) as LogContent;
      this.#options.log[level](fields, message);
    }
  }

  /** All of them are gone. */
  endAll(reason: EndReason): void {
    for (const entry of [...this.#entries.values()]) this.#end(entry, reason);
  }

  async #publish(frame: Frame): Promise<void> {
    const { prefix, decide, log } = this.#options;
    const asked = frameContent(frame) as { streamKey: string; ip: string; encoder: string };
    const entry: Entry = { session: `${prefix}-${frame.session}`, number: frame.session, sink: null, over: null };
    this.#entries.set(entry.number, entry);
    const publisher = { session: entry.session, close: (sentence: string) => this.#close(entry, sentence) };
    const { limits } = this.#options;
    const deciding = Promise.resolve().then(() => decide({ session: entry.session, ...asked }, publisher));
    const decision = await inTime(deciding, { session: entry.session, msMax: limits.decisionMsMax, log });
    if (decision.accept) {
      this.#accept(entry, decision.sink);
    } else {
      log.info({ session: entry.session, ip: asked.ip, code: decision.code }, 'publisher refused');
      this.#close(entry, decision.sentence);
    }
  }

  #accept(entry: Entry, sink: PublisherSink): void {
    if (entry.over !== null) {
      sink.end(entry.over);
    } else {
      entry.sink = sink;
      this.#options.send(frameTypes.accept, entry.number, {});
    }
  }

  #close(entry: Entry, sentence: string): void {
    if (entry.over !== null) return;
    this.#options.send(frameTypes.close, entry.number, { sentence });
    this.#end(entry, 'kicked');
  }

  #tag(frame: Frame): void {
    const entry = this.#entries.get(frame.session);
    if (!entry?.sink) return;
    try {
      entry.sink.tag(frameTag(frame));
    } catch (error) {
      // One stream's failure is not the other streams'.
      this.#options.log.error({ session: entry.session, error: String(error) }, 'publisher sink failed');
      this.#close(entry, failed);
    }
  }

  /** No tag after this; the sink hears it on a clean stack, since it may be what closed the publisher. */
  #end(entry: Entry, reason: EndReason): void {
    this.#entries.delete(entry.number);
    entry.over = reason;
    const { sink } = entry;
    entry.sink = null;
    if (sink) queueMicrotask(() => sink.end(reason));
  }
}

interface LogContent {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}
