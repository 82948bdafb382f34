import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Directives, noDirectives, parseDirectives } from '#shared/hls/directives.ts';
import { originHttpLimits } from '#shared/limits/origin.ts';
import { type ProblemCode, problemContentType } from '#shared/model/problem.ts';
import { type BroadcastRoute, contentTypeOf, isBroadcastRoute, parsePlaybackPath } from '#shared/route/route.ts';
import { holeStatus } from '#shared/wire/hole.ts';
import { liveSegment, liveSegmentHeader } from '#shared/wire/live-segment.ts';
import { formatPlaylistState, playlistStateHeader } from '#shared/wire/playlist-state.ts';
import { checkSignature, type SignatureRefusal, signatureHeader, type WireKey } from '#shared/wire/signature.ts';
import type { Log } from '../observe/log.ts';
import { type Answer, answerRoute, pictureAnswer, problemBody, type Settled, storedAnswer } from './answer.ts';
import { listen } from './listen.ts';
import type { FindBroadcast, LiveSource } from './live-source.ts';
import { PublishSockets, refuseUpgrade, type TakePublisher } from './publish-socket.ts';
import { SeenSignatures } from './seen-signatures.ts';
import { sendLiveSegment } from './send-live-segment.ts';
import { waitFor } from './wait-for.ts';

export interface OriginHttpOptions {
  readonly bind: string;
  /** 0: a free port */
  readonly port: number;
  readonly keys: readonly WireKey[];
  readonly find: FindBroadcast;
  /** Takes browsers that publish; without it they are refused. */
  readonly publish?: TakePublisher;
  readonly log: Log;
  readonly now: () => number;
}

export interface OriginHttp {
  readonly port: number;
  close(): Promise<void>;
}

/** What is under way at this server, against its limits. */
interface Load {
  /** Requests that are held. */
  waiters: number;
  /** Segments that are sent while they are made. */
  liveSegments: number;
}

interface ParsedRequest {
  readonly route: BroadcastRoute;
  readonly directives: Directives;
}

/** The origin's HTTP server: serves signed requests of PoPs, holds blocking ones, refuses everybody else. Rejects with HttpListenError. */
export async function startOriginHttp(options: OriginHttpOptions): Promise<OriginHttp> {
  const load: Load = { waiters: 0, liveSegments: 0 };
  const guard: Guard = { ...options, seen: newMemory(options) };
  const server = createServer(
    {
      headersTimeout: originHttpLimits.headersMsMax,
      connectionsCheckingInterval: originHttpLimits.checkMs,
      requestTimeout: originHttpLimits.requestMsMax,
      keepAliveTimeout: originHttpLimits.requestMsMax,
    },
    (request, response) => {
      handle(options, guard, load, request, response).catch((cause) => {
        options.log.error({ event: 'http_failed', err: cause }, 'a request failed');
        if (!response.headersSent) sendProblem(response, 'internal', 'The origin failed to answer.');
        else response.destroy();
      });
    },
  );
  server.maxConnections = originHttpLimits.connectionsMax;
  server.on('connection', (socket) => socket.setNoDelay(true));
  const publishers = options.publish && new PublishSockets(options.publish);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // The connection may break while the signature is checked.
    socket.on('error', () => socket.destroy());
    authorize(guard, request, request.url ?? '').then(
      (refused) => {
        const upgrade = refused ? 'unauthorized' : (publishers?.accept(request, socket, head) ?? 'unknown');
        if (upgrade !== 'taken') refuseUpgrade(socket, upgrade);
      },
      () => socket.destroy(),
    );
  });
  await listen(server, options.port, options.bind);
  const close = () => {
    publishers?.close();
    return closeServer(server);
  };
  return { port: (server.address() as AddressInfo).port, close };
}

async function handle(
  options: OriginHttpOptions,
  guard: Guard,
  load: Load,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.url ?? '';
  // A proxy in front of the origin would answer others with it, who have no signature. PoPs know lifetimes by themselves.
  response.setHeader('cache-control', 'no-store');
  if (target === '/healthz') return sendText(response, 'ok\n');
  const refused = await authorize(guard, request, target);
  if (refused) return sendProblem(response, 'unauthorized', 'Only PoPs with a valid signature are served.', refused);
  const parsed = parse(request, target);
  if (typeof parsed === 'string') return sendProblem(response, parsed, 'This is not a playback URL of the origin.');
  const source = options.find(parsed.route.broadcast);
  if (source === 'gone') return sendProblem(response, over.code, over.detail);
  if (source === 'soon')
    return sendProblem(response, 'too_early', 'This origin is about to go on with this broadcast.');
  if (source === null) return sendProblem(response, 'not_found', 'This origin has no such broadcast.');
  const answer = await settle(options, load, source, parsed, response);
  if (answer?.kind === 'live-segment') await sendLive(options, load, source, parsed.route, answer, request, response);
  else if (answer) send(request, response, parsed.route, answer);
}

const over = { kind: 'problem', code: 'gone', detail: 'This broadcast is over.' } as const;

/** What decides who is served. */
interface Guard extends Pick<OriginHttpOptions, 'keys' | 'now'> {
  readonly seen: SeenSignatures;
}

function newMemory({ now, log }: OriginHttpOptions): SeenSignatures {
  const onFull = (floorMs: number) => {
    const reach = { event: 'signatures_full', floor: new Date(floorMs).toISOString() };
    log.warn(reach, 'so many requests come that older signatures are refused before their time');
  };
  return new SeenSignatures({ entriesMax: originHttpLimits.seenSignaturesMax, startMs: now(), onFull });
}

/** Null: a PoP sent this request, and it was not here before. */
async function authorize(
  { keys, now, seen }: Guard,
  request: IncomingMessage,
  target: string,
): Promise<SignatureRefusal | null> {
  const header = request.headers[signatureHeader];
  const signed = { audience: 'origin', method: request.method ?? '', target, body: null } as const;
  const checked = await checkSignature(keys, typeof header === 'string' ? header : null, signed, now());
  return typeof checked === 'string' ? checked : seen.take(checked, now());
}

function parse(request: IncomingMessage, target: string): ParsedRequest | ProblemCode {
  if (request.method !== 'GET' && request.method !== 'HEAD') return 'method_not_allowed';
  const [path = '', query = ''] = target.split('?', 2);
  const playback = parsePlaybackPath(path);
  if (!playback || playback.token !== null || !isBroadcastRoute(playback.route)) return 'not_found';
  const { route } = playback;
  if (route.kind !== 'media-playlist') return { route, directives: noDirectives };
  const directives = parseDirectives(new URLSearchParams(query));
  return typeof directives === 'string' ? 'bad_directive' : { route, directives };
}

/** Answers at once or holds until the rendition has moved on; null when the client has left. */
async function settle(
  options: OriginHttpOptions,
  load: Load,
  source: LiveSource,
  { route, directives }: ParsedRequest,
  response: ServerResponse,
): Promise<Settled | null> {
  // A blocking request waits for at most three target durations (rfc8216bis 6.2.5.2).
  const deadlineMs = options.now() + 3000 * source.targetDurationS;
  for (;;) {
    const answer: Answer = answerRoute(source, route, directives, options.now());
    if (answer.kind === 'stored') return storedAnswer(await answer.read());
    if (answer.kind === 'picture') return pictureAnswer(await answer.read());
    if (answer.kind !== 'hold') return answer;
    const changed = source.changed(answer.rendition);
    const leftMs = deadlineMs - options.now();
    if (!changed || leftMs <= 0) {
      return { kind: 'problem', code: 'blocked_too_long', detail: 'No new media came within three target durations.' };
    }
    if (load.waiters >= originHttpLimits.waitersMax) {
      return { kind: 'problem', code: 'overloaded', detail: 'Too many requests wait at this origin.' };
    }
    load.waiters++;
    const left = await waitFor(changed, leftMs, response).finally(() => load.waiters--);
    if (left === 'closed') return null;
    // Let go of meanwhile: its end here is not the end of the broadcast.
    if (options.find(route.broadcast) === 'gone') return over;
  }
}

type LiveAnswer = Extract<Settled, { readonly kind: 'live-segment' }>;

async function sendLive(
  { now }: OriginHttpOptions,
  load: Load,
  source: LiveSource,
  route: BroadcastRoute,
  { rendition, msn }: LiveAnswer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (load.liveSegments >= originHttpLimits.liveSegmentsMax) {
    sendProblem(response, 'overloaded', 'Too many segments are sent while they are made.');
    return;
  }
  response.setHeader('content-type', contentTypeOf(route));
  response.setHeader(liveSegmentHeader, liveSegment);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  load.liveSegments++;
  const stallMsMax = 3000 * source.targetDurationS;
  await sendLiveSegment({ source, rendition, msn, stallMsMax, now }, response).finally(() => load.liveSegments--);
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  route: BroadcastRoute,
  answer: Exclude<Settled, LiveAnswer>,
): void {
  if (answer.kind === 'problem') {
    sendProblem(response, answer.code, answer.detail);
    return;
  }
  if (answer.kind === 'hole') {
    response.writeHead(holeStatus, { location: answer.file, 'content-length': 0 }).end();
    return;
  }
  let sizeBytes = 0;
  for (const part of answer.body) sizeBytes += part.length;
  response.statusCode = 200;
  response.setHeader('content-type', contentTypeOf(route));
  response.setHeader('content-length', sizeBytes);
  if (answer.state) response.setHeader(playlistStateHeader, formatPlaylistState(answer.state));
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.cork();
  for (const part of answer.body) response.write(part);
  response.end();
  response.uncork();
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

function sendProblem(response: ServerResponse, code: ProblemCode, detail: string, reason?: SignatureRefusal): void {
  const { status, body } = problemBody(code, detail, reason);
  response.writeHead(status, { 'content-type': problemContentType, 'content-length': body.length });
  response.end(body);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
