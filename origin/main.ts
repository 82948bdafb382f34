import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { storeLimits } from '#shared/limits/store.ts';
import type { IngestEndpoint } from '#shared/wire/control.ts';
import { Broadcasts } from './broadcast/broadcasts.ts';
import { createControlClient } from './broadcast/control-client.ts';
import { dataFolders, holdDataFolder } from './broadcast/data-hold.ts';
import { type HeartbeatLoop, startHeartbeat } from './broadcast/heartbeat.ts';
import { openJournal } from './broadcast/journal.ts';
import { StorageWatch } from './broadcast/storage-watch.ts';
import { type Config, loadConfig } from './config/config.ts';
import type { TakePublisher } from './http/publish-socket.ts';
import { startOriginHttp } from './http/server.ts';
import { Importer } from './import/importer.ts';
import { jobProcesses } from './import/job-process.ts';
import { BrowserPublisher, type StartRemuxer } from './ingest/browser-publisher.ts';
import { type IngestServer, startIngest } from './ingest/server.ts';
import { createLog, type Log } from './observe/log.ts';
import { startReceiver } from './packager/receiver.ts';
import { openDiskStore } from './store/disk-store.ts';
import { LiveParts } from './store/live-parts.ts';
import { openBucket } from './store/open-bucket.ts';
import { readThrough } from './store/read-through.ts';
import { SpoolTrim } from './store/spool-trim.ts';
import { Uploader } from './store/uploader.ts';
import { loadCapacity } from './transcoder/capacity-file.ts';
import { checkFfmpeg, encodersOf } from './transcoder/ffmpeg.ts';
import { startRemuxer } from './transcoder/remuxer.ts';
import { checkSlateImage } from './transcoder/slate-image.ts';
import { loadWire } from './wire.ts';

const version = '0.1.0';
const stopMsMax = 8_000;

/** A running origin. */
interface Origin {
  readonly ready: OriginReady;
  stop(): Promise<void>;
}

/** Sent to the parent process, if there is one, once publishers and PoPs can connect. */
interface OriginReady {
  readonly type: 'ready';
  readonly rtmpPort: number;
  /** Null without RTMPS. */
  readonly rtmpsPort: number | null;
  readonly httpPort: number;
  readonly httpUrl: string;
  readonly pids: { readonly ingest: number };
}

/** @param configPath where the configuration is from, for processes that read it too; null: from the environment alone */
async function startOrigin(config: Config, configPath: string | null, log: Log): Promise<Origin> {
  const releaseData = await holdDataFolder(config.dataDir);
  const { originId, ffmpegPath, ladder } = config;
  const now = Date.now;
  const facts = await checkFfmpeg(ffmpegPath, encodersOf(ladder));
  const slateImage = await checkSlateImage(ffmpegPath, config.slateImage);
  const capacity = await loadCapacity(config.dataDir, ffmpegPath, facts);
  const { keys, hasJoined, joinFailure } = await loadWire(config, version);
  if (joinFailure) {
    const { code, message } = joinFailure;
    log.warn({ event: 'join_failed', code, reason: message }, 'the join token brought no key; the kept one goes on');
  }
  if (hasJoined) log.info({ event: 'origin_joined', kid: keys[0].kid }, 'the origin has joined the deployment');
  const control = createControlClient(config.controlUrl, keys[0], now);
  const journal = openJournal(join(config.dataDir, dataFolders.journal), log);
  const spoolDir = join(config.dataDir, dataFolders.spool);
  const store = await openDiskStore(spoolDir, config.spoolBytesMax, storeLimits.spoolReserveBytes);
  const target = openBucket(config.bucket, config.controlUrl, keys[0], log);
  const uploader = target && new Uploader({ spool: store, target, log, random01: Math.random, now });
  // Until the control plane has said which broadcasts are still this origin's.
  uploader?.hold(true);
  let isSilent = true;
  const liveParts = target && config.liveParts === 'on' ? new LiveParts({ target, log, now }) : null;
  const receiver = await startReceiver((id, run, rendition) => broadcasts.openTrack(id, run, rendition), log);
  const broadcasts: Broadcasts = new Broadcasts({
    originId,
    ffmpegPath,
    ladder,
    slateImage,
    capacity: (running) => capacity.with(running),
    sinkUrl: (id, run, rendition) => receiver.url(id, run, rendition),
    control,
    journal,
    store: target ? readThrough(store, target) : store,
    bucket: target,
    dvrWindowS: config.dvrWindowS ?? Number.POSITIVE_INFINITY,
    uploader,
    onLeaseLapsed: () => heartbeat.doubt(),
    liveParts: liveParts && { add: (...part) => isSilent || liveParts.add(...part) },
    log,
    now,
  });
  await broadcasts.restore();
  const find = (id: string) => broadcasts.find(id);
  const decide: Broadcasts['decide'] = (request, publisher) => broadcasts.decide(request, publisher);
  const publish: TakePublisher = (socket, { ip, browser }) => {
    const session = `browser-${randomUUID()}`;
    const startRemux: StartRemuxer = (recording, events) => startRemuxer(ffmpegPath, recording, events);
    new BrowserPublisher({ session, ip, encoder: browser, socket, decide, startRemuxer: startRemux, log, now });
  };
  const http = await startOriginHttp({ ...config.http, keys, find, publish, log, now });
  const storage = new StorageWatch({
    room: () => store.room(),
    oldestWaitingMs: () => uploader?.oldestWaitingMs() ?? 0,
    refused: () => uploader?.refused ?? false,
    onVerdict: (verdict) => broadcasts.noteStorage(verdict),
    log,
    now,
  });
  const trim = target && new SpoolTrim({ spool: store, bucket: target, log, now });
  const importer =
    target &&
    new Importer({
      originId,
      control,
      bucket: target,
      imports: join(config.dataDir, dataFolders.imports),
      load: () => capacity.load(broadcasts.plans),
      run: jobProcesses({ program: join(import.meta.dirname, 'import.ts'), config: configPath }),
      log,
    });
  const url = config.http.publicUrl ?? `http://127.0.0.1:${http.port}`;
  const ingest = await startIngest({ ...config.rtmp, rtmps: config.rtmps, decide, log });
  const heartbeat: HeartbeatLoop = startHeartbeat({
    control,
    message: () => {
      const load = capacity.load(broadcasts.plans);
      return {
        origin: originId,
        url,
        version,
        broadcasts: broadcasts.held,
        adopts: target !== null,
        load,
        ingest: ingestEndpoint(config, ingest),
        capacity: capacity.with([]).pixelsPerSecond,
        region: config.region,
      };
    },
    onEnd: (ids) => broadcasts.end(ids, 'The channel was closed.'),
    onForget: (ids) => broadcasts.forget(ids),
    onStale: (ids) => broadcasts.noteStale(ids),
    onContested: (ids, drains) => broadcasts.noteContested(ids, drains),
    onMoved: (ids) => broadcasts.leave(ids, 'Another origin has taken over this broadcast.'),
    onLeft: (left) => broadcasts.finish(left),
    onImports: (waiting) => importer?.offer(waiting),
    onSilence: (silent) => {
      isSilent = silent;
      if (!silent) broadcasts.confirm();
      uploader?.hold(silent);
    },
    log,
    now,
  });
  await heartbeat.first;
  return {
    ready: {
      type: 'ready',
      rtmpPort: ingest.port,
      rtmpsPort: ingest.tlsPort,
      httpPort: http.port,
      httpUrl: url,
      pids: { ingest: ingest.pid },
    },
    stop: async () => {
      heartbeat.stop();
      storage.stop();
      trim?.stop();
      const importing = importer?.stop();
      await broadcasts.close('The origin is shutting down.', stopMsMax / 2);
      await importing;
      uploader?.stop();
      await Promise.all([ingest.close(), http.close(), receiver.close(), journal.flush(), liveParts?.close()]);
      releaseData();
    },
  };
}

/** What the public directory says of this origin; null: nothing. */
function ingestEndpoint({ ingestHost, place }: Config, ingest: IngestServer): IngestEndpoint | null {
  if (ingestHost === undefined) return null;
  const { port, tlsPort, isSelfSigned } = ingest;
  // Who takes an address from the directory, as OBS profiles do, has to be able to use it.
  const rtmpsUrl = tlsPort === null || isSelfSigned ? null : `rtmps://${ingestHost}:${tlsPort}/live`;
  return { rtmpUrl: `rtmp://${ingestHost}:${port}/live`, rtmpsUrl, place: place ?? null };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  const configPath = values.config ?? null;
  const config = loadConfig(configPath, process.env);
  const log = createLog(config.logLevel);
  const origin = await startOrigin(config, configPath, log);
  log.info({ event: 'origin_ready', ...origin.ready, type: undefined }, 'the origin is ready');
  process.send?.(origin.ready);
  let stopping = false;
  const stop = (why: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ event: 'origin_stopping', why }, 'the origin stops');
    setTimeout(() => process.exit(1), stopMsMax).unref();
    origin.stop().then(
      () => process.exit(0),
      (cause) => {
        log.error({ event: 'origin_stop_failed', err: cause }, 'the origin did not stop cleanly');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  process.on('disconnect', () => stop('parent gone'));
}

function fail(cause: unknown): void {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'internal';
  const message = cause instanceof Error ? cause.message : String(cause);
  process.stderr.write(`headwater origin: ${message} (${code})\n`);
  const leave = () => process.exit(1);
  if (process.send) process.send({ type: 'failed', code, message }, leave);
  else leave();
}

main().catch(fail);
