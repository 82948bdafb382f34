import { holesOf } from './continuity.ts';
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
import { Crowd, type CrowdViewer } from './crowd.ts';
import { type Seat, watchHls, watchLowLatency } from './crowd-viewers.ts';
import { type Edge, startEdge } from './edge.ts';
import { numbersOf } from './hls-edge.ts';
import { LiveOrigin } from './live-origin.ts';
import { pollUntil } from './poll.ts';

/** A live origin, a proxy that can do harm in front of it, and two PoPs of one region. */
export class LiveStage {
  readonly proxy: CountingProxy;
  readonly origin: LiveOrigin;
  readonly edge: Edge;
  readonly broadcast: string;
  lastMsn: number | null = null;

  constructor(proxy: CountingProxy, origin: LiveOrigin, edge: Edge, broadcast: string) {
    this.proxy = proxy;
    this.origin = origin;
    this.edge = edge;
    this.broadcast = broadcast;
  }

  static async start(): Promise<LiveStage> {
    const origin = await LiveOrigin.start();
    const proxy = await startCountingProxy();
    proxy.target = origin.url;
    const pops = ['fra', 'ams'].map((name) => ({ name, continent: 'EU' }));
    const edge = await startEdge({ originUrl: proxy.url, pops });
    const { broadcast } = await edge.addBroadcast();
    return new LiveStage(proxy, origin, edge, broadcast);
  }

  get folder(): string {
    return `/b/${this.broadcast}/${this.origin.rendition}/`;
  }

  /** Patient viewers, half of them low-latency ones, on both PoPs. */
  audience(size: number): { readonly crowd: Crowd; readonly viewers: readonly CrowdViewer[] } {
    const crowd = new Crowd({ isPatient: true });
    const viewers = Array.from({ length: size }, (_, index) => {
      const seat = this.#seat(crowd, index % 2 === 0 ? 'fra' : 'ams');
      return index % 4 < 2 ? watchLowLatency(seat) : watchHls(seat);
    });
    return { crowd, viewers };
  }

  /** What viewers miss of what there was up to segment `lastMsn`; ten parts make a segment here. */
  holes(viewers: readonly CrowdViewer[], lastMsn: number): readonly string[] {
    return holesOf(viewers, lastMsn, () => 10);
  }

  /** Resolves when every viewer has something of segment `msn`, or what comes after it. */
  async reached(viewers: readonly CrowdViewer[], msn: number): Promise<void> {
    const isThere = ({ got }: CrowdViewer) => numbersOf(got.at(-1) ?? '').msn >= msn;
    await pollUntil(() => viewers.every(isThere), `all viewers to reach segment ${msn}`, 40_000);
  }

  /** Tells the viewers to stop after segment `lastMsn`, and waits for that. */
  async finish(crowd: Crowd, viewers: readonly CrowdViewer[], lastMsn: number): Promise<void> {
    this.lastMsn = lastMsn;
    await Promise.all(viewers.map(({ done }) => done));
    crowd.close();
  }

  async stop(): Promise<void> {
    await this.edge.stop();
    await this.proxy.close();
    await this.origin.stop();
  }

  #seat(crowd: Crowd, pop: string): Seat {
    const { edge, broadcast, origin } = this;
    const lastMsn = () => this.lastMsn;
    return {
      ...{ crowd, broadcast, rendition: origin.rendition, lastMsn, reloadMs: 300 },
      get popUrl() {
        return edge.url(pop);
      },
    };
  }
}
