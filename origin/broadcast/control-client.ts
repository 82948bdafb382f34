import {
  type BroadcastReport,
  controlPaths,
  type Heartbeat,
  type HeartbeatAnswer,
  type ImportClaim,
  type ImportClaimAnswer,
  type ImportProgress,
  type ImportProgressAnswer,
  type ImportReport,
  type LeaseAnswer,
  type LeaseQuestion,
  type PublishAnswer,
  type PublishQuestion,
  type ReplayReport,
} from '#shared/wire/control.ts';
import { nonceBytes, signatureHeader, signRequest, type WireKey } from '#shared/wire/signature.ts';

/** The control plane as the origin needs it. */
export interface ControlPlane {
  publish(question: PublishQuestion): Promise<PublishAnswer>;
  report(report: BroadcastReport): Promise<void>;
  replay(report: ReplayReport): Promise<void>;
  heartbeat(heartbeat: Heartbeat): Promise<HeartbeatAnswer>;
  lease(question: LeaseQuestion): Promise<LeaseAnswer>;
}

/** The control plane as an import needs it. */
export interface ImportDesk {
  import(report: ImportReport): Promise<void>;
}

/** The control plane as whoever makes replays of uploaded files needs it. */
export interface ImportQueue {
  claimImport(claim: ImportClaim): Promise<ImportClaimAnswer>;
  reportImport(progress: ImportProgress): Promise<ImportProgressAnswer>;
}

/**
 * A call to the control plane failed; `retryable` tells whether the same call may succeed later. `control_redirected`: the
 * address is another's, and a signed call is not repeated there.
 */
export class ControlError extends Error {
  readonly code: 'control_unreachable' | 'control_refused' | 'control_redirected';
  readonly status: number | null;
  /** The control plane's reason for a refusal, else its code (docs/protocol/errors.md), where it gave one. */
  readonly reason: string | null;

  constructor(code: ControlError['code'], message: string, status: number | null, more: ControlErrorOptions = {}) {
    super(message, more);
    this.name = 'ControlError';
    this.code = code;
    this.status = status;
    this.reason = more.reason ?? null;
  }

  get retryable(): boolean {
    return this.status === null || this.status >= 500 || this.status === 429;
  }
}

interface ControlErrorOptions extends ErrorOptions {
  readonly reason?: string | null;
}

const timeoutMs = 4_000;
const refusalCharsMax = 4_000;
const wordsMax = 300;

/** Why, from a problem (RFC 9457); whatever else came is told as it is. */
function refusalOf(text: string): { readonly words: string; readonly reason: string | null } {
  const { detail, code, reason = code } = problemOf(text);
  if (typeof detail !== 'string' || typeof reason !== 'string') return { words: text.slice(0, wordsMax), reason: null };
  return { words: `${detail.slice(0, wordsMax)} [${reason}]`, reason };
}

function problemOf(text: string): { detail?: unknown; code?: unknown; reason?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** Calls the control plane over signed HTTP; never retries by itself. */
export function createControlClient(
  baseUrl: string,
  key: WireKey,
  now: () => number,
): ControlPlane & ImportDesk & ImportQueue {
  const call = async <T>(path: string, message: object): Promise<T> => {
    const body = new TextEncoder().encode(JSON.stringify(message));
    const url = new URL(path, baseUrl);
    const target = url.pathname;
    const request = { audience: 'control', method: 'POST', target, body } as const;
    const signature = await signRequest(key, request, now(), crypto.getRandomValues(new Uint8Array(nonceBytes)));
    const response = await post(url, body, signature);
    const { status } = response;
    if (status >= 300 && status < 400) {
      await response.body?.cancel();
      const advice = 'Set HEADWATER_CONTROL_URL to the address that it leads to.';
      throw new ControlError('control_redirected', `${path} answered with a redirect (${status}). ${advice}`, status);
    }
    if (!response.ok) {
      const { words, reason } = refusalOf((await response.text()).slice(0, refusalCharsMax));
      throw new ControlError('control_refused', `${path} answered ${status}: ${words}`, status, { reason });
    }
    return (response.status === 204 ? undefined : await response.json()) as T;
  };
  return {
    publish: (question) => call<PublishAnswer>(controlPaths.publish, question),
    report: (report) => call<void>(controlPaths.broadcast, report),
    replay: (report) => call<void>(controlPaths.replay, report),
    import: (report) => call<void>(controlPaths.import, report),
    claimImport: (claim) => call<ImportClaimAnswer>(controlPaths.importClaim, claim),
    reportImport: (progress) => call<ImportProgressAnswer>(controlPaths.importReport, progress),
    lease: (question) => call<LeaseAnswer>(controlPaths.lease, question),
    heartbeat: (heartbeat) => call<HeartbeatAnswer>(controlPaths.heartbeat, heartbeat),
  };
}

async function post(url: URL, body: Uint8Array<ArrayBuffer>, signature: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', [signatureHeader]: signature };
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    return await fetch(url, { method: 'POST', body, headers, signal, redirect: 'manual' });
  } catch (cause) {
    throw new ControlError('control_unreachable', `no answer from ${url.origin}`, null, { cause });
  }
}
