/** A viewer without a screen: follows one rendition's low-latency playlist by blocking reloads and fetches its parts. */
export interface HlsViewer {
  /** Bodies by URL path, in the order of arrival. */
  readonly bodies: Map<string, string>;
  /** Answers that were not 200. */
  readonly failures: string[];
  /** Settles when the viewer has followed the playlist for the given number of reloads. */
  readonly done: Promise<void>;
}

/** @param playlistUrl a media playlist; @param reloads how many blocking reloads to make */
export function followPlaylist(playlistUrl: string, reloads: number): HlsViewer {
  const bodies = new Map<string, string>();
  const failures: string[] = [];
  const done = follow(playlistUrl, reloads, bodies, failures);
  return { bodies, failures, done };
}

async function follow(url: string, reloads: number, bodies: Map<string, string>, failures: string[]): Promise<void> {
  let text = await get(url, failures);
  for (let i = 0; i < reloads && text !== null; i++) {
    const { next, hint } = edgeOf(text);
    const part = hint === null ? null : get(new URL(hint, url).href, failures);
    text = await get(`${url}?${next}`, failures);
    const body = await part;
    if (hint !== null && body !== null) bodies.set(hint, body);
  }
}

async function get(url: string, failures: string[]): Promise<string | null> {
  const response = await fetch(url);
  const body = Buffer.from(await response.arrayBuffer()).toString('latin1');
  if (response.status === 200) return body;
  failures.push(`${response.status} ${new URL(url).pathname}`);
  return null;
}

/** The next blocking reload and the hinted part of a low-latency playlist. */
export function edgeOf(text: string): { readonly next: string; readonly hint: string | null } {
  const hint = /#EXT-X-PRELOAD-HINT:TYPE=PART,URI="((\d+)\.(\d+)\.m4s)"/.exec(text);
  const [, uri = null, msn, part] = hint ?? [];
  return { next: `_HLS_msn=${msn}&_HLS_part=${part}`, hint: uri };
}
