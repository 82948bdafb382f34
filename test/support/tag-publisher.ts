import type { FlvTag } from '../../origin/ingest/flv.ts';
import { RtmpClient, rtmpMessage } from './rtmp-client.ts';

export interface TagPublisher {
  /** What the server said when it refused. */
  readonly refusal: () => string;
  stop(): Promise<void>;
}

/** Publishes tags over RTMP as they are, each when its `arrivalMs` (ms since the start) is due. */
export async function publishTags(url: string, tags: readonly FlvTag[]): Promise<TagPublisher> {
  const { port, pathname } = new URL(url.replace(/^rtmp:/, 'http:'));
  const client = await RtmpClient.publishing(Number(port), pathname.split('/').at(-1) ?? '');
  client.setChunkSize(65_536);
  let stopped = false;
  const send = async () => {
    const startMs = performance.now();
    for (const { type, timestampMs, arrivalMs, body } of tags) {
      const waitMs = startMs + arrivalMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (stopped || client.closed) return;
      const message = type === 'script' ? rtmpMessage.data : rtmpMessage[type];
      client.message(message, body, { chunkStream: type === 'audio' ? 5 : 6, timestampMs });
    }
  };
  void send();
  return {
    refusal: () => client.statuses.find(({ level }) => level === 'error')?.description ?? '',
    stop: async () => {
      stopped = true;
      await client.end();
    },
  };
}
