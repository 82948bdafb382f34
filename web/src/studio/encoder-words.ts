import type { Ingest, StreamKey } from '#shared/api/shapes.ts';
import { durationText } from '../page/duration.ts';

/** The addresses of one server, as encoders want them: without the stream key. */
export interface ServerAddresses {
  readonly id: string;
  /** `Frankfurt, 424 km away` */
  readonly name: string;
  readonly rtmp: string;
  readonly rtmps: string | null;
}

/** Servers in the order of the API: the nearest with room first. */
export function serverAddresses(ingests: readonly Ingest[]): ServerAddresses[] {
  return ingests.map(({ _id, name, availability, distance_km, ...urls }) => {
    const distance = distance_km === null ? '' : `, ${distance_km} km away`;
    const full = availability === 0 ? ', full' : '';
    const { url_template: plain, url_template_secure: secure } = urls;
    return { id: _id, name: `${name}${distance}${full}`, rtmp: server(plain), rtmps: secure && server(secure) };
  });
}

function server(template: string): string {
  return template.replace(/\/\{stream_key\}$/, '');
}

/** What is said of the keys that a channel has: their secrets are known to nobody any more. */
export function keysSentence(keys: readonly StreamKey[], nowMs: number): string {
  if (keys.length === 0) return 'This channel has no stream key yet.';
  const used = keys.filter((key) => key.lastUsedMs !== null);
  const last = used.toSorted((a, b) => (b.lastUsedMs ?? 0) - (a.lastUsedMs ?? 0))[0];
  const count = keys.length === 1 ? 'One stream key exists' : `${keys.length} stream keys exist`;
  if (!last) return `${count}, not used yet. A key is shown only when it is made: lost it? Make another.`;
  const label = last.label === '' ? '' : ` (${last.label})`;
  return `${count}; last used ${durationText(nowMs - (last.lastUsedMs ?? 0))} ago${label}. Lost it? Make another.`;
}
