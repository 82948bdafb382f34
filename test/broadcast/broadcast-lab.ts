import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BroadcastReport, PublishAnswer } from '#shared/wire/control.ts';
import { Broadcasts, type BroadcastsOptions } from '../../origin/broadcast/broadcasts.ts';
import type { FlvTag } from '../../origin/ingest/flv.ts';
import type { Publisher, PublisherSink } from '../../origin/ingest/publisher.ts';
import { startReceiver } from '../../origin/packager/receiver.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { defaultLadderWish } from '../../origin/transcoder/ladder.ts';

const run = promisify(execFile);
/** Media time zero of every track. */
const mediaOffsetMs = 10_000;

/** One broadcast of a lab: tags go in as if they had come over RTMP. */
export interface LabBroadcast {
  readonly id: string;
  /** Sentences with which the origin closed the publisher. */
  readonly closed: string[];
  /** Newest report. */
  report(): BroadcastReport | undefined;
  /** Codes of all findings that were open at some time. */
  readonly found: Set<string>;
  /** Sends tags when their `arrivalMs` (ms since now) is due, until aborted. */
  play(tags: readonly FlvTag[], signal?: AbortSignal): Promise<void>;
  playlist(rendition: string): string;
  multivariant(): string | null;
  mpd(): string;
  renditions(): string[];
  /** Decodes everything that a rendition has, one file per encoder run; what ffmpeg said and where sound and light begin. */
  decode(rendition: string): Promise<Decoded[]>;
}

/** One encoder run of a rendition, decoded. */
export interface Decoded {
  readonly run: number;
  readonly errors: string;
  /** Wall clock minus anchor: ms since the broadcast began, of each click or flash. */
  readonly marksMs: readonly number[];
}

/** Many broadcasts side by side. */
export interface BroadcastLab {
  readonly log: Record<string, unknown>[];
  join(): Promise<LabBroadcast>;
  stop(): Promise<void>;
}

/** The stages from publisher to window, with real ffmpeg processes and without RTMP, HTTP and PoPs. */
export async function startBroadcastLab(options: Partial<BroadcastsOptions> = {}): Promise<BroadcastLab> {
  const dir = await mkdtemp(join(tmpdir(), 'headwater-lab-'));
  const logs: Record<string, unknown>[] = [];
  const write = (fields: object) => {
    logs.push(fields as Record<string, unknown>);
  };
  const log = { info: write, warn: write, error: write };
  const reports = new Map<string, BroadcastReport>();
  const found = new Map<string, Set<string>>();
  let count = 0;
  const receiver = await startReceiver((id, number, name) => broadcasts.openTrack(id, number, name), log);
  const broadcasts: Broadcasts = new Broadcasts({
    originId: 'o1',
    ffmpegPath: 'ffmpeg',
    ladder: { ...defaultLadderWish, encodeRungsMax: 1 },
    slateImage: '/none.png',
    capacity: () => ({ pixelsPerSecond: 1e12, inUse: 0 }),
    sinkUrl: receiver.url,
    control: {
      publish: async ({ streamKey }): Promise<PublishAnswer> => ({
        accepted: true,
        channel: 'lab',
        broadcast: streamKey,
        resumed: false,
        latency: 'low',
        reconnectWindowMs: 0,
        slate: false,
      }),
      report: async (report) => {
        reports.set(report.broadcast, report);
        for (const { code } of report.findings) found.get(report.broadcast)?.add(code);
      },
      replay: async () => {},
      heartbeat: async () => ({ end: [], forget: [] }),
      lease: async () => ({ role: 'active', epoch: 1, standbys: 0, leftMs: 4_000 }),
    },
    journal: {
      save: () => {},
      append: () => {},
      adopt: () => {},
      pack: async (_, toBytes) => ({ fromBytes: toBytes, toBytes }),
      read: async () => Buffer.alloc(0),
      forget: () => {},
      load: async () => [],
      flush: async () => {},
    },
    store: createMemoryStore(),
    bucket: null,
    uploader: null,
    liveParts: null,
    onLeaseLapsed: () => {},
    dvrWindowS: 7_200,
    log,
    now: Date.now,
    ...options,
  });

  const joinBroadcast = async (): Promise<LabBroadcast> => {
    const id = `b_${String(count++).padStart(20, '0')}`;
    const codes = new Set<string>();
    found.set(id, codes);
    const closed: string[] = [];
    let sink: PublisherSink | null = null;
    const publisher: Publisher = { session: id, close: (sentence) => closed.push(sentence) };
    const request = { session: id, streamKey: id, ip: '127.0.0.1', encoder: 'lab' };
    const decision = await broadcasts.decide(request, publisher);
    if (decision.accept) sink = decision.sink;
    const window = () => {
      const one = broadcasts.find(id);
      if (!one || one === 'gone' || one === 'soon') throw new Error('no window');
      return one;
    };
    const lab: LabBroadcast = {
      id,
      closed,
      found: codes,
      report: () => reports.get(id),
      play: async (tags, signal) => {
        const startMs = Date.now();
        for (const tag of tags) {
          const waitMs = startMs + tag.arrivalMs - Date.now();
          if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
          if (closed.length > 0 || signal?.aborted) return;
          // As an ingest process would have stamped it that nobody keeps waiting.
          sink?.tag({ ...tag, arrivalMs: startMs + tag.arrivalMs });
        }
      },
      playlist: (name) => window().playlist(name, false)?.text ?? '',
      multivariant: () => window().multivariant(),
      mpd: () => window().mpd(Date.now()) ?? '',
      renditions: () => [
        ...new Set([...(window().multivariant() ?? '').matchAll(/"?([va]\d+)\/index/g)].map((m) => m[1] ?? '')),
      ],
      decode: (name) => decode(dir, id, name, window()),
    };
    return lab;
  };
  return {
    join: joinBroadcast,
    log: logs,
    stop: async () => {
      await broadcasts.close('over', 1_000);
      await receiver.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

type Window = Exclude<ReturnType<Broadcasts['find']>, 'gone' | 'soon' | null>;

async function decode(dir: string, id: string, name: string, window: Window): Promise<Decoded[]> {
  const text = window.playlist(name, false)?.text ?? '';
  const runs = new Map<number, Buffer[]>();
  let init = 0;
  for (const line of text.split('\n')) {
    const map = /EXT-X-MAP:URI="init-(\d+)\.mp4"/.exec(line);
    if (map) init = Number(map[1]);
    const segment = /^(\d+)\.m4s$/.exec(line);
    if (!segment) continue;
    const answer = window.segment(name, Number(segment[1]));
    const bytes = answer.kind === 'found' ? answer.parts : answer.kind === 'stored' ? [await answer.read()] : [];
    if (!runs.has(init)) {
      const head = window.init(name, init);
      runs.set(init, head.kind === 'found' ? [...head.parts] : []);
    }
    runs.get(init)?.push(...bytes.filter((one) => one !== null));
  }
  const decoded: Decoded[] = [];
  for (const [number, pieces] of runs) {
    const file = join(dir, `${id}-${name}-${number}.mp4`);
    await writeFile(file, Buffer.concat(pieces));
    const filter = name.startsWith('a')
      ? ['-af', 'silencedetect=n=-30dB:d=0.2']
      : ['-vf', 'blackdetect=d=0.1:pix_th=0.5:pic_th=0.9'];
    const args = ['-nostdin', '-hide_banner', '-copyts', '-xerror', '-i', file, ...filter, '-f', 'null', '-'];
    const { stderr } = await run('ffmpeg', args).catch((cause: { stderr: string }) => ({
      stderr: `FAILED ${cause.stderr}`,
    }));
    // What a filter says after the summary is about the end, which is no mark.
    const said = stderr.slice(0, stderr.lastIndexOf('muxing overhead'));
    const marks = [...said.matchAll(/(?:silence_end|black_end):\s*([\d.]+)/g)];
    const errors = stderr
      .split('\n')
      .filter((line) => /error|invalid|FAILED|corrupt|conceal|non.monoton/i.test(line))
      .slice(0, 5)
      .join('\n');
    const marksMs = marks.map((mark) => Math.round(Number(mark[1]) * 1_000) - mediaOffsetMs);
    decoded.push({ run: number, errors, marksMs });
  }
  return decoded;
}

/** ffmpeg options: a flash and a click at every full second. */
export function flashes(size: string, rate: string, seconds: number): readonly string[] {
  const light = `color=black:size=${size}:rate=${rate},geq=lum='if(lt(mod(T+0.001,1),0.1),235,16)':cb=128:cr=128`;
  return ['-f', 'lavfi', '-t', String(seconds), '-i', light];
}

export function clicks(seconds: number, rate = 48_000, channels = 2): readonly string[] {
  const one = `if(lt(mod(t,1),0.1),0.5*sin(6283*t),0)`;
  const all = Array.from({ length: channels }, () => one).join('|');
  return ['-f', 'lavfi', '-t', String(seconds), '-i', `aevalsrc=exprs='${all}':s=${rate}`];
}
