import { type Edge, type EdgeOptions, startEdge } from './edge.ts';
import { FakeOrigin } from './fake-origin.ts';
import { type Reply, type SendOptions, send } from './http-send.ts';

/** A fake origin, the edge in front of it, and a viewer's requests. */
export class EdgeStage {
  readonly origin: FakeOrigin;
  readonly edge: Edge;

  constructor(origin: FakeOrigin, edge: Edge) {
    this.origin = origin;
    this.edge = edge;
  }

  static async start(options: Omit<EdgeOptions, 'originUrl'> = {}): Promise<EdgeStage> {
    const origin = await FakeOrigin.start();
    return new EdgeStage(origin, await startEdge({ originUrl: origin.url, ...options }));
  }

  get(path: string, pop?: string, options?: SendOptions): Promise<Reply> {
    return send(this.edge.url(pop), path, options);
  }

  /** The same request of many viewers at once. */
  crowd(size: number, path: string, pop?: string): Promise<Reply>[] {
    return Array.from({ length: size }, () => this.get(path, pop));
  }

  /** Path of an object of a new live broadcast. */
  async newObject(file: string): Promise<string> {
    const { broadcast } = await this.edge.addBroadcast();
    return `/b/${broadcast}/${file}`;
  }

  /** Resolves when a PoP has seen what was sent to it before: one thread takes connections in turn. */
  async reached(pop?: string): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await this.get('/healthz', pop);
  }

  async stop(): Promise<void> {
    await this.edge.stop();
    await this.origin.stop();
  }
}

/** The distinct texts of many replies. */
export function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
