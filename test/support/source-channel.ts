import type { Finding, FindingCode } from '#shared/model/finding.ts';
import type { BroadcastReport } from '#shared/wire/control.ts';
import { pollUntil } from './poll.ts';
import { type ReadManifests, readHls, readManifests } from './read-manifests.ts';
import type { TestStack } from './stack.ts';

/** Findings about the source, as opposed to the machine that it runs on. */
const aboutSource = /^(?:video|audio|av|ts)\./;
/** Many channels are looked at side by side. */
const lookEveryMs = 700;
const patienceMs = 90_000;

/** A channel of a stack and what is said of its broadcast while one source is published to it. */
export class SourceChannel {
  readonly publishUrl: string;
  /** Findings that were open at some time. */
  readonly found = new Map<FindingCode, Finding['severity']>();
  /** Those that are open now. */
  open: readonly FindingCode[] = [];
  readonly #stack: TestStack;
  readonly #id: string;
  #closed = false;
  readonly #looked: Promise<void>;

  private constructor(stack: TestStack, id: string, streamKey: string) {
    this.#stack = stack;
    this.#id = id;
    this.publishUrl = `${stack.run.rtmp}/${streamKey}`;
    this.#looked = this.#watch();
  }

  /** Creates it and begins to look. @param reconnectWindowMs how long a broadcast goes on without a publisher */
  static async create(stack: TestStack, title: string, reconnectWindowMs: number): Promise<SourceChannel> {
    const created = await stack.api('POST', '/channels', { title, reconnectWindowMs });
    const { id } = (await created.json()) as { id: string };
    const answer = await stack.api('POST', `/channels/${id}/keys`, { label: 'test' });
    const { streamKey } = (await answer.json()) as { streamKey: string };
    return new SourceChannel(stack, id, streamKey);
  }

  /** `index.m3u8` or `index.mpd` of what is on. */
  manifest(file: string): string {
    return `${this.#stack.popUrl(0)}/live/${this.#id}/${file}`;
  }

  /** Id of its broadcast, once a publisher was accepted. */
  get broadcast(): string {
    const { originLog } = this.#stack;
    const accepted = originLog.find((line) => line.event === 'publisher_accepted' && line.channel === this.#id);
    return String(accepted?.broadcast ?? '');
  }

  /** What the origin logged of the broadcast, all of it or under a name. */
  logged(event?: string): Record<string, unknown>[] {
    const { broadcast } = this;
    return this.#stack.originLog.filter(
      (line) => line.broadcast === broadcast && (event === undefined || line.event === event),
    );
  }

  /** Whether a machine that is too busy for it made the broadcast leave out renditions, in runs of their own. */
  get isCutDown(): boolean {
    return this.logged('ladder_changed').length > 0 || this.logged('encoder_died').some(({ why }) => why === 'behind');
  }

  /** Resolves once every rendition has a segment that can be played. */
  async reach(): Promise<void> {
    await pollUntil(() => this.logged('broadcast_live').length > 0, `"${this.#id}" to be live`, patienceMs);
    const listed = async () => {
      const { media } = await readHls(this.#folder);
      return [...media.values()].every(({ read }) => read.segments.length > read.gaps.length);
    };
    await pollUntil(listed, `segments of "${this.#id}"`, patienceMs, lookEveryMs);
  }

  /** Reads everything that there is to read of the broadcast, once it has a segment. */
  read(): Promise<ReadManifests> {
    return readManifests(this.#folder);
  }

  /** Address of a file of a rendition. */
  file(rendition: string, name: string): string {
    return `${this.#folder}${rendition}/${name}`;
  }

  /** Stops looking. */
  readonly close = async (): Promise<void> => {
    this.#closed = true;
    await this.#looked;
  };

  get #folder(): string {
    return `${this.#stack.popUrl(0)}/b/${this.broadcast}/`;
  }

  async #watch(): Promise<void> {
    while (!this.#closed) {
      await this.#look();
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }

  async #look(): Promise<void> {
    if (this.broadcast === '') return;
    const answer = await this.#stack.api('GET', `/broadcasts/${this.broadcast}`);
    if (!answer.ok) return;
    const { report } = (await answer.json()) as { report: Pick<BroadcastReport, 'findings'> | null };
    const findings = (report?.findings ?? []).filter(({ code }) => aboutSource.test(code));
    for (const { code, severity } of findings) this.found.set(code, severity);
    this.open = findings.map(({ code }) => code);
  }
}
