import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../observe/log.ts';
import { MediaError } from './boxes.ts';
import type { TrackSink } from './packager.ts';

/** Finds who takes a rendition's bytes, or null to refuse them. */
export type OpenTrack = (broadcast: string, run: number, rendition: string) => TrackSink | null;

export interface Receiver {
  /** Where the encoder PUTs a rendition; the path holds a secret of this process. */
  url(broadcast: string, run: number, rendition: string): string;
  close(): Promise<void>;
}

/**
 * Takes CMAF tracks as long HTTP requests on loopback, one per rendition, in the shape of the DASH-IF Live Media
 * Ingest protocol, interface 1.
 */
export async function startReceiver(openTrack: OpenTrack, log: Log): Promise<Receiver> {
  const secret = crypto.randomUUID();
  const pattern = new RegExp(`^/${secret}/(b_[0-9a-z]{20})/([0-9]{1,6})/([a-z0-9-]{1,16})$`);
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    const match = pattern.exec(request.url ?? '');
    const [, broadcast = '', run = '', rendition = ''] = match ?? [];
    const sink = match && request.method === 'PUT' ? openTrack(broadcast, Number(run), rendition) : null;
    if (sink) receive(request, response, sink, log);
    else refuse(request, response);
  });
  server.on('connection', (socket) => socket.setNoDelay(true));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: (broadcast, run, rendition) => `http://127.0.0.1:${port}/${secret}/${broadcast}/${run}/${rendition}`,
    close: () => closeServer(server),
  };
}

function receive(request: IncomingMessage, response: ServerResponse, sink: TrackSink, log: Log): void {
  request.on('data', (bytes: Buffer) => {
    try {
      sink.data(bytes);
      const room = sink.room?.();
      if (!room) return;
      request.pause();
      void room.then(() => request.resume());
    } catch (cause) {
      const code = cause instanceof MediaError ? cause.code : 'internal';
      log.error({ event: 'track_malformed', code, err: cause }, 'the encoder sent a track that cannot be packaged');
      request.destroy();
    }
  });
  request.on('end', () => response.writeHead(200).end());
  // An aborted request and a finished one mean the same: the encoder's run is over, and its owner knows.
  request.on('error', () => {});
  request.on('close', () => sink.closed?.());
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(403, { connection: 'close' }).end();
  request.destroy();
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
