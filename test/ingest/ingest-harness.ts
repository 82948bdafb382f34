import type { IngestLimits } from '../../origin/ingest/ingest-limits.ts';
import {
  type EndReason,
  type FlvTag,
  type IngestOptions,
  type IngestServer,
  type Publisher,
  type PublishRequest,
  startIngest,
} from '../../origin/ingest/server.ts';
import { pollUntil } from '../support/poll.ts';
import { RtmpClient, rtmpMessage } from '../support/rtmp-client.ts';

export const goodKey = 'good-key';
export const refusal = 'This stream key is not valid. Copy it again from the studio.';

/** One accepted publisher and all that came from it. */
interface Taken {
  readonly request: PublishRequest;
  readonly publisher: Publisher;
  readonly tags: FlvTag[];
  end: EndReason | null;
}

interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

export interface Harness {
  readonly ingest: IngestServer;
  /** In the order of acceptance. */
  readonly taken: Taken[];
  readonly requests: PublishRequest[];
  readonly lines: LogLine[];
}

/** An ingest that accepts every key that begins with `goodKey`. */
export async function startHarness(
  limits: Partial<IngestLimits> = {},
  port = 0,
  rtmps?: IngestOptions['rtmps'],
): Promise<Harness> {
  const taken: Taken[] = [];
  const requests: PublishRequest[] = [];
  const lines: LogLine[] = [];
  const write = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  const ingest = await startIngest({
    bind: '127.0.0.1',
    port,
    rtmps,
    limits,
    log: { info: write('info'), warn: write('warn'), error: write('error') },
    decide: async (request, publisher) => {
      requests.push(request);
      if (!request.streamKey.startsWith(goodKey)) return { accept: false, code: 'bad_key', sentence: refusal };
      const entry: Taken = { request, publisher, tags: [], end: null };
      taken.push(entry);
      const end = (reason: EndReason) => {
        if (entry.end) throw new Error('ended twice');
        entry.end = reason;
      };
      return { accept: true, sink: { tag: (tag) => void entry.tags.push(tag), end } };
    },
  });
  return { ingest, taken, requests, lines };
}

/** Publishes one recognisable video message with a new client and waits until it has come through. */
export async function provePublishing(harness: Harness): Promise<void> {
  const before = harness.taken.length;
  const client = await RtmpClient.publishing(harness.ingest.port, goodKey);
  const body = Buffer.from([0x17, 1, 0, 0, 0, 1, 2, 3, 4]);
  client.message(rtmpMessage.video, body, { timestampMs: 40 });
  await pollUntil(() => harness.taken[before]?.tags.length === 1, 'a published tag');
  if (!harness.taken[before]?.tags[0]?.body.equals(body)) throw new Error('the tag is not what was sent');
  await client.end();
  await pollUntil(() => harness.taken[before]?.end === 'closed', 'the end of the publisher');
}
