import { randomBytes } from 'node:crypto';
import type { Log } from '../observe/log.ts';
import { type CertificateFiles, certificateEndMs, isSelfSigned, readCertificate } from './certificate.ts';
import { type IngestChild, startChild } from './child.ts';
import { type Certificate, type Frame, frameTypes } from './frame.ts';
import { type IngestLimits, resolveIngestLimits } from './ingest-limits.ts';
import type { Decide } from './publisher.ts';
import { Publishers } from './publishers.ts';

export type { FlvTag } from './flv.ts';
export type {
  EndReason,
  PublishDecision,
  Publisher,
  PublisherSink,
  PublishRequest,
} from './publisher.ts';

export interface IngestOptions {
  readonly bind: string;
  /** 0: a free port */
  readonly port: number;
  /** RTMPS beside RTMP; port 0: a free one. */
  readonly rtmps?: (CertificateFiles & { readonly port: number }) | undefined;
  /** Nothing is sent to the encoder before this has answered; a wrong key is refused with the sentence. */
  readonly decide: Decide;
  readonly log: Log;
  /** In place of `#shared/limits/ingest.ts`. */
  readonly limits?: Partial<IngestLimits>;
}

export interface IngestServer {
  readonly port: number;
  /** Of RTMPS; null when it is not offered. */
  readonly tlsPort: number | null;
  /** Whether the certificate of RTMPS is one that encoders have no reason to trust; it may be renewed by a better one. */
  readonly isSelfSigned: boolean;
  /** Process id of the running ingest process; changes when it was restarted. */
  readonly pid: number;
  /** Ends all publishers (`closed`) and the ingest process. */
  close(): Promise<void>;
}

/** Starts RTMP ingest in a supervised process of its own. Rejects with an IngestError (`port_in_use`, …). */
export async function startIngest(options: IngestOptions): Promise<IngestServer> {
  const ingest = new Ingest(options);
  await ingest.start();
  return ingest;
}

class Ingest implements IngestServer {
  readonly #options: IngestOptions;
  readonly #limits: IngestLimits;
  #port: number;
  #tlsPort: number | null;
  #certificate: Certificate | null = null;
  #certificateTimer: NodeJS.Timeout | null = null;
  #child: IngestChild | null = null;
  #publishers: Publishers | null = null;
  #closed = false;
  #restartTimer: NodeJS.Timeout | null = null;
  #restarting: Promise<void> | null = null;
  #backoffMs: number;
  #startedMs = 0;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#limits = resolveIngestLimits(options.limits);
    this.#port = options.port;
    this.#tlsPort = options.rtmps?.port ?? null;
    this.#backoffMs = this.#limits.restartBackoffMsMin;
  }

  get port(): number {
    return this.#port;
  }

  get tlsPort(): number | null {
    return this.#tlsPort;
  }

  get isSelfSigned(): boolean {
    return this.#certificate !== null && isSelfSigned(this.#certificate);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    const { bind, rtmps, decide, log } = this.#options;
    if (rtmps) this.#certificate ??= await readCertificate(rtmps);
    const tls = this.#certificate && { ...this.#certificate, port: this.#tlsPort ?? 0 };
    const publishers = new Publishers({
      prefix: randomBytes(6).toString('hex'),
      limits: this.#limits,
      decide,
      log,
      send: (type, session, content) => this.#child?.send(type, session, content),
    });
    const content = { bind, port: this.#port, tls, limits: this.#limits };
    const child = await startChild(content, {
      frame: (frame: Frame) => publishers.frame(frame),
      exit: (errorOutput) => this.#crashed(publishers, errorOutput),
    });
    this.#child = child;
    this.#publishers = publishers;
    this.#port = child.ports.port;
    this.#tlsPort = child.ports.tlsPort;
    this.#startedMs = performance.now();
    // Not fs.watch: secrets that are mounted are replaced through links that it does not follow.
    if (rtmps) this.#certificateTimer ??= setInterval(() => void this.#renew(rtmps), this.#limits.certificateCheckMs);
    log.info({ ...child.ports, pid: child.pid }, 'ingest listening');
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#restartTimer) clearTimeout(this.#restartTimer);
    if (this.#certificateTimer) clearInterval(this.#certificateTimer);
    await this.#restarting;
    await this.#child?.stop();
    this.#child = null;
    this.#publishers?.endAll('closed');
  }

  /** Takes a certificate that was renewed; one that is no good leaves the old one in place. */
  async #renew(files: CertificateFiles): Promise<void> {
    const { log } = this.#options;
    try {
      const fresh = await readCertificate(files);
      const { certPem, keyPem } = this.#certificate ?? {};
      if (fresh.certPem === certPem && fresh.keyPem === keyPem) return;
      this.#certificate = fresh;
      this.#child?.send(frameTypes.certificate, 0, fresh);
      log.info({ event: 'certificate_renewed', untilMs: certificateEndMs(fresh) }, 'RTMPS has a new certificate');
    } catch (error) {
      log.error({ event: 'certificate_refused', err: error }, 'RTMPS keeps the certificate that it has');
    }
  }

  #crashed(publishers: Publishers, errorOutput: string): void {
    this.#options.log.error({ errorOutput }, 'ingest process ended; restarting');
    this.#child = null;
    publishers.endAll('ingest_crashed');
    // A run that lasted longer than the longest wait was a good one.
    if (performance.now() - this.#startedMs > this.#limits.restartBackoffMsMax) {
      this.#backoffMs = this.#limits.restartBackoffMsMin;
    }
    this.#restartLater();
  }

  #restartLater(): void {
    if (this.#closed) return;
    const delayMs = this.#backoffMs;
    this.#backoffMs = Math.min(2 * delayMs, this.#limits.restartBackoffMsMax);
    this.#restartTimer = setTimeout(() => {
      this.#restarting = this.start().catch((error: unknown) => {
        this.#options.log.error({ error: String(error) }, 'ingest process did not restart');
        this.#restartLater();
      });
    }, delayMs);
  }
}
