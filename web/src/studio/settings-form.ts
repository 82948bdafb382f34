import type { Channel, Retention } from '#shared/api/shapes.ts';
import type { LatencyMode, Visibility } from '#shared/model/broadcast.ts';
import { hostsOf } from './site-list.ts';

/** What the settings form shows; numbers as typed. */
export interface SettingsForm {
  readonly title: string;
  readonly latency: LatencyMode;
  readonly visibility: Visibility;
  readonly reconnectS: string;
  readonly slate: boolean;
  /** Hosts with spaces or commas between them; empty: everywhere. */
  readonly sites: string;
  readonly keep: Retention['keep'];
  readonly days: string;
  readonly count: string;
}

/** Body of `PATCH /channels/:id`. */
export type ChannelChange = Partial<
  Pick<Channel, 'title' | 'latency' | 'visibility' | 'reconnectWindowMs' | 'slate' | 'sites' | 'retention'>
>;

/** The form of a channel as it is. */
export function formOf({
  title,
  latency,
  visibility,
  reconnectWindowMs,
  slate,
  sites,
  retention,
}: Channel): SettingsForm {
  return {
    ...{ title, latency, visibility, slate },
    reconnectS: String(reconnectWindowMs / 1_000),
    sites: sites?.join(' ') ?? '',
    keep: retention.keep,
    days: retention.keep === 'days' ? String(retention.days) : '30',
    count: retention.keep === 'last' ? String(retention.count) : '10',
  };
}

/** What a form changes of a channel: nothing that is as it was. */
export function changeOf(channel: Channel, form: SettingsForm): ChannelChange {
  const title = form.title.trim();
  const reconnectWindowMs = Math.round(Number(form.reconnectS) * 1_000);
  const retention = retentionOf(form);
  const sites = hostsOf(form.sites);
  return {
    ...(title !== channel.title && { title }),
    ...(form.latency !== channel.latency && { latency: form.latency }),
    ...(form.visibility !== channel.visibility && { visibility: form.visibility }),
    ...(reconnectWindowMs !== channel.reconnectWindowMs && { reconnectWindowMs }),
    ...(form.slate !== channel.slate && { slate: form.slate }),
    ...(sites.join() !== (channel.sites ?? []).join() && { sites: sites.length > 0 ? sites : null }),
    ...(!isSame(retention, channel.retention) && { retention }),
  };
}

function isSame(a: Retention, b: Retention): boolean {
  if (a.keep === 'days' && b.keep === 'days') return a.days === b.days;
  return a.keep === 'last' && b.keep === 'last' ? a.count === b.count : a.keep === b.keep;
}

function retentionOf({ keep, days, count }: SettingsForm): Retention {
  if (keep === 'days') return { keep, days: Number(days) };
  return keep === 'last' ? { keep, count: Number(count) } : { keep };
}

/** The id that a title suggests: `Evening news` → `evening-news`; empty when nothing is left of it. */
export function idFromTitle(title: string): string {
  const plain = title.normalize('NFKD').toLowerCase();
  return plain
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replace(/^-+|-+$/g, '');
}
