import type { Crowd, CrowdViewer } from './crowd.ts';
import { type HlsEdge, numbersOf, readHlsEdge } from './hls-edge.ts';
import { readMpd } from './oracles.ts';

/** Where a viewer of the crowd watches, and up to which segment (that one included). */
export interface Seat {
  readonly crowd: Crowd;
  /** Read for each request: a PoP may move. */
  readonly popUrl: string;
  readonly broadcast: string;
  /** Rendition, where the viewer watches only one. */
  readonly rendition: string;
  /** Asked anew each time; null while nobody knows. */
  readonly lastMsn: () => number | null;
  /** Between two plain reloads, ms. */
  readonly reloadMs?: number;
}

/** Follows a rendition part by part: blocking reloads, the announced part asked for ahead of time. */
export function watchLowLatency(seat: Seat): CrowdViewer {
  const got: string[] = [];
  const folder = `/b/${seat.broadcast}/${seat.rendition}/`;
  const watch = async () => {
    let text = await getText(seat, `${folder}index.m3u8`);
    const sight = new Sight(seat.crowd);
    let taken: string | null = null;
    while (text !== null) {
      const edge = sight.look(text);
      if (taken === null && edge.init) await seat.crowd.get(seat, folder + edge.init);
      taken = await catchUp(got, seat, folder, edge, taken);
      const { hint } = edge;
      if (hint === null || isBeyond(hint, seat)) return;
      const { msn, part } = numbersOf(hint);
      const ahead = fetchInto(got, seat, folder, hint);
      text = await getText(seat, `${folder}index.m3u8?_HLS_msn=${msn}&_HLS_part=${part}`);
      await ahead;
    }
  };
  return { kind: 'LL-HLS', got, done: watch() };
}

/**
 * Fetches what is listed after `taken`, from the last part on to begin with; whoever is so late that the next part is
 * listed no more takes whole segments, as players do.
 * @returns the last part that he has then
 */
async function catchUp(
  got: string[],
  seat: Seat,
  folder: string,
  { parts, segments }: HlsEdge,
  taken: string | null,
): Promise<string | null> {
  const at = taken === null ? parts.length - 2 : parts.indexOf(taken);
  const [first = ''] = parts;
  if (at < 0 && taken !== null) {
    const { msn } = numbersOf(taken);
    const whole = segments.filter((file) => numbersOf(file).msn >= msn && numbersOf(file).msn < numbersOf(first).msn);
    for (const file of whole) if (!isBeyond(file, seat)) await fetchInto(got, seat, folder, file);
  }
  for (const part of parts.slice(Math.max(0, at + 1))) {
    if (!got.includes(part) && !isBeyond(part, seat)) await fetchInto(got, seat, folder, part);
  }
  return parts.at(-1) ?? taken;
}

/** Follows a rendition segment by segment with plain reloads. */
export function watchHls(seat: Seat): CrowdViewer {
  const got: string[] = [];
  const folder = `/b/${seat.broadcast}/${seat.rendition}/`;
  const watch = async () => {
    const sight = new Sight(seat.crowd);
    for (;;) {
      const text = await getText(seat, `${folder}index.m3u8`);
      if (text === null) return;
      const { segments, init } = sight.look(text);
      if (got.length === 0 && init) await seat.crowd.get(seat, folder + init);
      if (await fetchNew(got, seat, folder, segments.slice(-3), segments)) return;
      await pause(seat.reloadMs ?? 1_000);
    }
  };
  return { kind: 'HLS', got, done: watch() };
}

/** Follows all tracks of an MPD, two segments behind its end as plain DASH players do. */
export function watchDash(seat: Seat): CrowdViewer {
  const got: string[] = [];
  const folder = `/b/${seat.broadcast}/`;
  const tracks = new Map<string, string[]>();
  const watch = async () => {
    for (;;) {
      const text = await getText(seat, `${folder}index.mpd`);
      if (text === null) return;
      const listed = seat.crowd.read(text, readTracks);
      let left = listed.size;
      for (const [track, segments] of listed) {
        const own = tracks.get(track) ?? [];
        tracks.set(track, own);
        const ready = segments.slice(0, -2);
        if (await fetchNew(own, seat, `${folder}${track}/`, ready.slice(-2), ready)) left--;
      }
      if (listed.size > 0 && left === 0) break;
      await pause(seat.reloadMs ?? 1_000);
    }
    for (const [track, own] of tracks) got.push(...own.map((file) => `${track}/${file}`));
  };
  return { kind: 'DASH', got, done: watch() };
}

/** File names by rendition, oldest first. */
function readTracks(text: string): Map<string, string[]> {
  const tracks = new Map<string, string[]>();
  for (const url of readMpd(text, 'http://any.invalid/')) {
    const [, track = '', file = ''] = /\/([^/]+)\/([^/]+)$/.exec(url) ?? [];
    tracks.set(track, [...(tracks.get(track) ?? []), file]);
  }
  return tracks;
}

/** Fetches what is listed and new, from `first` on to begin with; true once the last segment to watch is there. */
async function fetchNew(
  got: string[],
  seat: Seat,
  folder: string,
  first: readonly string[],
  listed: readonly string[],
): Promise<boolean> {
  const last = got.at(-1);
  const fresh = last === undefined ? first : listed.filter((file) => numbersOf(file).msn > numbersOf(last).msn);
  for (const file of fresh) {
    if (isBeyond(file, seat)) return true;
    await fetchInto(got, seat, folder, file);
  }
  return false;
}

async function fetchInto(got: string[], seat: Seat, folder: string, file: string): Promise<void> {
  if (await seat.crowd.get(seat, folder + file)) got.push(file);
}

async function getText(seat: Seat, target: string): Promise<string | null> {
  return (await seat.crowd.get(seat, target))?.toString() ?? null;
}

function isBeyond(file: string, { lastMsn }: Seat): boolean {
  return numbersOf(file).msn > (lastMsn() ?? Number.POSITIVE_INFINITY);
}

/** What one viewer has seen of a playlist: it never goes back (rule 26). */
class Sight {
  readonly #crowd: Crowd;
  #before: HlsEdge | null = null;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
  }

  look(text: string): HlsEdge {
    const now = this.#crowd.read(text, readHlsEdge);
    const before = this.#before;
    if (before && (now.mediaSequence < before.mediaSequence || isOlder(now, before))) {
      this.#crowd.faults.push(`the playlist went back from ${before.hint} to ${now.hint}`);
    }
    this.#before = now;
    return now;
  }
}

function isOlder(a: HlsEdge, b: HlsEdge): boolean {
  const [one, other] = [numbersOf(a.hint ?? ''), numbersOf(b.hint ?? '')];
  return one.msn < other.msn || (one.msn === other.msn && one.part < other.part);
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
