import { importWireKey, type WireKey } from '#shared/wire/signature.ts';
import { type OriginHttp, startOriginHttp } from '../../origin/http/server.ts';
import type { RunPlan } from '../../origin/packager/packager.ts';
import { wireKeyId, wireSecret } from './fake-origin.ts';
import { chunk, initSegment } from './fmp4.ts';
import { createLiveWindow } from './live-window.ts';
import { silentLog } from './log.ts';

const partMs = 200;
const gopMs = 2_000;

const plan: RunPlan = {
  renditions: [{ name: 'v360', kind: 'video', frameRate: 30, bitrate: 400_000, passthrough: false }],
  keyframes: gopMs,
  gopMs,
  partTargetMs: partMs,
  anchorMs: Date.UTC(2026, 10, 21),
};

/** The origin's real packager and HTTP server over made-up media, which comes when the test says so: no encoder runs. */
export class LiveOrigin {
  readonly rendition = 'v360';
  readonly #http: OriginHttp;
  readonly #track: { data(bytes: Buffer): void };
  #parts = 0;
  readonly #keys: WireKey[];
  #timer: NodeJS.Timeout | undefined;

  constructor(http: OriginHttp, track: { data(bytes: Buffer): void }, keys: WireKey[]) {
    this.#http = http;
    this.#track = track;
    this.#keys = keys;
  }

  /** Serves the same live window under every broadcast id. */
  static async start(): Promise<LiveOrigin> {
    const { packager, window } = createLiveWindow({ stores: true });
    const run = packager.beginRun(plan);
    const track = packager.openTrack(run, 'v360');
    if (!track) throw new Error('the packager took no track');
    track.data(initSegment('video'));
    const keys = [await importWireKey(wireKeyId, wireSecret)];
    const http = await startOriginHttp({
      ...{ bind: '127.0.0.1', port: 0, keys, log: silentLog, now: Date.now },
      find: () => window,
    });
    const origin = new LiveOrigin(http, track, keys);
    origin.push(15);
    return origin;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#http.port}`;
  }

  /** Takes other wire keys, as a restart does, without the pause. */
  useKeys(keys: readonly WireKey[]): void {
    this.#keys.splice(0, this.#keys.length, ...keys);
  }

  /** Number of the segment in the making; ten parts are one segment. */
  get msn(): number {
    return Math.floor(this.#parts / 10);
  }

  /** Adds parts at the live edge. */
  push(count = 1): void {
    for (let i = 0; i < count; i++) {
      const startMs = this.#parts++ * partMs;
      // Bytes that differ from part to part, so that a mixed-up one is seen.
      const sampleBytes = 500 + (this.#parts % 97);
      const durationsTicks = Array(6).fill(3_000);
      const independent = startMs % gopMs === 0;
      this.#track.data(chunk({ startTicks: 900_000 + startMs * 90, durationsTicks, independent, sampleBytes }));
    }
  }

  /** Adds a part every so often until it is stopped; faster than real time, to save some. */
  play(everyMs = 100): void {
    this.#timer = setInterval(() => this.push(), everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#http.close();
  }
}
