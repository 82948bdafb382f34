import { cliLimits } from '#shared/limits/cli.ts';
import { usageError } from '../cli-error.ts';
import type { Received } from './receiver.ts';

/** What the address that a delivery was handed on to made of it. */
export interface Forwarded {
  /** Of its answer; null when there was none. */
  readonly status: number | null;
  readonly tookMs: number;
}

/** An address to hand deliveries on to: `3000` is a port of this machine. Throws a usage error. */
export function parseForward(text: string): string {
  const written = /^\d{1,5}$/.test(text) ? `http://127.0.0.1:${text}/` : text;
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url.href;
  throw usageError('--forward is not an http or https URL.', 'Write it as http://127.0.0.1:3000/hook.');
}

/** Hands a delivery on as it came, with its signature. Follows no redirect, never throws. */
export async function forward(url: string, { body, headers }: Received): Promise<Forwarded> {
  const begunMs = performance.now();
  const tookMs = () => Math.round(performance.now() - begunMs);
  try {
    const signal = AbortSignal.timeout(cliLimits.forwardMsMax);
    const response = await fetch(url, { method: 'POST', redirect: 'manual', signal, headers: { ...headers }, body });
    await response.body?.cancel();
    return { status: response.status, tookMs: tookMs() };
  } catch {
    return { status: null, tookMs: tookMs() };
  }
}
