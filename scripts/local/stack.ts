import { join, resolve } from 'node:path';
import { createApiClient } from './api-client.ts';
import { build } from './build.ts';
import { ensureCertificate } from './certificate.ts';
import { lockData } from './data-lock.ts';
import { demoChannel, ensureDemo } from './demo.ts';
import { checkFfmpeg, ffmpegPath } from './ffmpeg-check.ts';
import { type OriginConfig, OriginProcess, type OriginRecord } from './origin-process.ts';
import { defaultPops, type PopSpec } from './pop-spec.ts';
import { type RunningPop, startPops } from './pops.ts';
import { assertPortsFree, type WantedPort } from './ports.ts';
import { PublisherCount } from './publisher-count.ts';
import { RecordFile } from './record-file.ts';
import { type RunFile, removeRunFile, writeRunFile } from './run-file.ts';
import { loadSecrets, type Secrets, saveSecrets } from './secrets.ts';
import { TestCard } from './test-card.ts';

const loopback = '127.0.0.1';

export interface StackOptions {
  readonly dataDir: string;
  /** Three cities unless told otherwise. */
  readonly pops?: readonly PopSpec[];
  /** Port of the first PoP, the others follow; 0: free ports. */
  readonly firstPort: number;
  /** 0: a free port. */
  readonly rtmpPort: number;
  /** RTMPS with a certificate that nobody vouches for; 0: a free port. Without it there is none. */
  readonly rtmpsPort?: number;
  readonly testCard: boolean;
  /** Everything worth knowing: lines of the origin, the Worker and the test card, and steps of the start. */
  readonly log?: (record: StackRecord) => void;
  /** The origin's own log lines, parsed. */
  readonly onOriginLog?: (line: OriginRecord) => void;
  /** Base URL at which PoPs reach the origin, where that is not the origin itself. */
  readonly originPublicUrl?: string;
  /** Base URL at which the origin reaches the API, given the first PoP's, where that is not the PoP itself. */
  readonly controlUrl?: (popUrl: string) => string;
  /** Settings of the Worker by the names of wrangler.toml. */
  readonly vars?: Readonly<Record<string, string>>;
  /** The section `ladder` of the origin's configuration. */
  readonly ladder?: object;
  /** Aborting it makes a start in progress fail and clean up. */
  readonly signal?: AbortSignal;
}

export interface StackRecord {
  readonly from: 'stack' | 'origin' | 'pops' | 'test-card';
  readonly event: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Stack {
  /** What `run.json` says now. */
  readonly run: RunFile;
  readonly pops: readonly RunningPop[];
  /** Stops everything and waits for it; leaves no process, no lock and no run.json. */
  stop(): Promise<void>;
}

/** Brings up PoPs, origin and test card on loopback. Throws StartError, and leaves nothing behind when it does. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const undo: (() => unknown)[] = [];
  const stop = onceOnly(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
  try {
    return await new StackStart(options, undo).start(stop);
  } catch (cause) {
    await stop();
    throw cause;
  }
}

class StackStart {
  readonly #options: StackOptions;
  readonly #undo: (() => unknown)[];
  readonly #dataDir: string;
  readonly #publishers = new PublisherCount(demoChannel);

  constructor(options: StackOptions, undo: (() => unknown)[]) {
    this.#options = options;
    this.#undo = undo;
    this.#dataDir = resolve(options.dataDir);
  }

  async start(stop: () => Promise<void>): Promise<Stack> {
    const options = this.#options;
    this.#undo.push(lockData(this.#dataDir));
    await assertPortsFree(wantedPorts(options));
    const secrets = loadSecrets(this.#dataDir);
    await checkFfmpeg(ffmpegPath());
    options.signal?.throwIfAborted();
    const onStale = () => this.#log('stack', 'step', 'Building what changed of the pages and the Worker');
    await build(onStale);
    const pops = await this.#step('Starting the PoPs', () => this.#startPops(secrets));
    const api = `${pops[0]?.url}/api/v1`;
    const client = createApiClient(api, secrets.apiToken);
    let update = () => {};
    const [origin, demo] = await this.#step('Starting the origin', () =>
      settleAll([this.#startOrigin(secrets, pops, () => update()), ensureDemo(client, secrets.demo)] as const),
    );
    if (demo !== secrets.demo) saveSecrets(this.#dataDir, { ...secrets, demo });
    let card: TestCard | null = null;
    const describe = (): RunFile => ({
      pops: pops.map(({ name, url }) => ({ name, url })),
      channel: demo.channel,
      watch: `/watch/${demo.channel}`,
      hls: `/live/${demo.channel}/index.m3u8`,
      dash: `/live/${demo.channel}/index.mpd`,
      rtmp: `rtmp://${loopback}:${origin.ready.rtmpPort}/live`,
      rtmps: origin.ready.rtmpsPort === null ? null : `rtmps://${loopback}:${origin.ready.rtmpsPort}/live`,
      streamKey: demo.streamKey,
      api,
      apiToken: secrets.apiToken,
      origin: `http://${loopback}:${origin.ready.httpPort}`,
      pids: { stack: process.pid, origin: origin.pid, ingest: origin.ready.pids.ingest, testCard: card?.pid ?? null },
    });
    update = () => writeRunFile(this.#dataDir, describe());
    this.#undo.push(() => {
      update = () => {};
      removeRunFile(this.#dataDir);
    });
    update();
    if (options.testCard) {
      card = await this.#startTestCard(
        describe(),
        async () => {
          if (!this.#publishers.any) return false;
          const view = await client.call<{ state: string }>('GET', `/watch/${demoChannel}`);
          return view?.state !== 'ended';
        },
        () => update(),
      );
    }
    return {
      pops,
      stop,
      get run() {
        return describe();
      },
    };
  }

  async #step<T>(message: string, work: () => Promise<T>): Promise<T> {
    this.#options.signal?.throwIfAborted();
    this.#log('stack', 'step', message);
    const result = await work();
    this.#options.signal?.throwIfAborted();
    return result;
  }

  async #startPops(secrets: Secrets): Promise<readonly RunningPop[]> {
    const running = await startPops({
      pops: this.#options.pops ?? defaultPops,
      firstPort: this.#options.firstPort,
      stateDir: join(this.#dataDir, 'state'),
      secrets,
      ...(this.#options.vars && { vars: this.#options.vars }),
      onLine: (level, message) => this.#log('pops', `pop_${level}`, message),
    });
    this.#undo.push(() => running.stop());
    return running.pops;
  }

  async #startOrigin(secrets: Secrets, pops: readonly RunningPop[], onChange: () => void): Promise<OriginProcess> {
    const dataDir = join(this.#dataDir, 'origin');
    const file = new RecordFile(join(dataDir, 'log.jsonl'));
    const origin = await OriginProcess.start({
      configPath: join(dataDir, 'config.json'),
      config: await this.#originConfig(dataDir, secrets, pops[0]?.url ?? ''),
      onRecord: (record) => {
        file.write(record);
        this.#publishers.note(record);
        this.#options.onOriginLog?.(record);
        this.#log('origin', String(record.event ?? ''), String(record.msg ?? ''), record);
      },
      onChange: (ready) => {
        if (ready) this.#log('stack', 'origin_back', 'The origin is back.');
        onChange();
      },
    });
    this.#undo.push(() => origin.stop());
    return origin;
  }

  async #originConfig(dataDir: string, { originId, wireKeys }: Secrets, popUrl: string): Promise<OriginConfig> {
    const { rtmpPort, rtmpsPort, originPublicUrl, ladder } = this.#options;
    return {
      originId,
      controlUrl: this.#options.controlUrl?.(popUrl) ?? popUrl,
      wireKeys,
      rtmp: { bind: loopback, port: rtmpPort },
      ...(rtmpsPort !== undefined && { rtmps: { ...(await ensureCertificate(dataDir)), port: rtmpsPort } }),
      ingestHost: loopback,
      http: { bind: loopback, port: 0, ...(originPublicUrl !== undefined && { publicUrl: originPublicUrl }) },
      dataDir,
      ffmpegPath: ffmpegPath(),
      ...(ladder !== undefined && { ladder }),
    };
  }

  async #startTestCard(run: RunFile, channelBusy: () => Promise<boolean>, update: () => void): Promise<TestCard> {
    const card = await TestCard.start({
      ffmpegPath: ffmpegPath(),
      dataDir: this.#dataDir,
      server: run.rtmp,
      streamKey: run.streamKey,
      channelBusy,
      onEvent: (event, detail) => {
        this.#log('test-card', `test_card_${event}`, detail);
        update();
      },
    });
    this.#undo.push(() => card.stop());
    return card;
  }

  #log(from: StackRecord['from'], event: string, message: string, fields: StackRecord['fields'] = {}): void {
    this.#options.log?.({ from, event, message, fields });
  }
}

function wantedPorts({ pops = defaultPops, firstPort, rtmpPort, rtmpsPort = 0 }: StackOptions): WantedPort[] {
  const web = pops.map((pop, index) => ({
    port: firstPort === 0 ? 0 : firstPort + index,
    host: loopback,
    use: `PoP ${pop.name}`,
    option: '--port',
  }));
  return [
    ...web,
    { port: rtmpPort, host: loopback, use: 'RTMP', option: '--rtmp-port' },
    { port: rtmpsPort, host: loopback, use: 'RTMPS', option: '--rtmps-port' },
  ];
}

/** Like Promise.all, but waits for all before it fails, so that what did start is known and can be stopped. */
async function settleAll<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

function onceOnly(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  return () => {
    running ??= work();
    return running;
  };
}
