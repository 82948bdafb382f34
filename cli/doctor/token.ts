import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { cliLimits } from '#shared/limits/cli.ts';
import { type Api, pathPart } from '../api.ts';
import { CliError } from '../cli-error.ts';
import { fetchPop } from './edge.ts';
import { failed, ok, skipped, type Verdict } from './verdict.ts';

interface Link {
  readonly id: string;
  readonly token: string;
}

const closed = [401, 403, 410];
const linkMs = 600_000;

/**
 * A signed channel of its own, made for the moment: its playlist is closed without a token, open with a link's, and closed
 * again once the link is revoked.
 */
export async function checkToken(api: Api, revokedMsMax: number = cliLimits.revokedMsMax): Promise<Verdict> {
  const channel = `doctor-${randomBytes(6).toString('hex')}`;
  await api.post('/channels', { id: channel, title: 'Made by headwater doctor', visibility: 'signed' });
  try {
    return await roundTrip(api, channel, revokedMsMax);
  } finally {
    await api.remove(`/channels/${pathPart(channel)}`);
  }
}

async function roundTrip(api: Api, channel: string, revokedMsMax: number): Promise<Verdict> {
  const path = `/live/${channel}/index.m3u8`;
  const bare = await statusOf(api.url + path);
  if (!closed.includes(bare)) {
    return failed(
      'token',
      `A signed channel answers ${bare} without a token.`,
      'Deploy the Worker anew: npx headwater deploy.',
    );
  }
  const link = await createLink(api, channel);
  if (!link) return skipped('token', 'this deployment does not make links');
  const opened = `${api.url}/t/${link.token}${path}`;
  const begunMs = performance.now();
  const open = await statusOf(opened);
  if (closed.includes(open)) {
    await api.remove(`/links/${pathPart(link.id)}`);
    return failed(
      'token',
      `A fresh link is refused (${open}).`,
      'Look at the Worker’s secret ACCESS_KEYS and at its clock.',
    );
  }
  const openMs = Math.round(performance.now() - begunMs);
  await api.remove(`/links/${pathPart(link.id)}`);
  const revokedMs = await closedAfter(opened, revokedMsMax);
  if (revokedMs === null) {
    const detail = `A revoked link still opens after ${revokedMsMax / 1000} s.`;
    return failed('token', detail, 'Look at the Worker’s log: its revocations are not read.');
  }
  return ok(
    'token',
    `closed without, open with a link (${openMs} ms), closed ${(revokedMs / 1000).toFixed(1)} s after it was revoked`,
  );
}

/** Null where the API has no such call. */
async function createLink(api: Api, channel: string): Promise<Link | null> {
  try {
    const request = { channel, expiresMs: Date.now() + linkMs, label: 'headwater doctor' };
    return await api.post('/links', request);
  } catch (error) {
    if (error instanceof CliError && error.status === 404) return null;
    throw error;
  }
}

async function closedAfter(url: string, msMax: number): Promise<number | null> {
  const begunMs = performance.now();
  for (;;) {
    const status = await statusOf(url);
    const tookMs = performance.now() - begunMs;
    if (closed.includes(status)) return tookMs;
    if (tookMs > msMax) return null;
    await sleep(cliLimits.revokedPollMs);
  }
}

async function statusOf(url: string): Promise<number> {
  const response = await fetchPop(url);
  await response.text();
  return response.status;
}
