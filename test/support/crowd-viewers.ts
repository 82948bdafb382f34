import { packagerLimits } from '#shared/limits/packager.ts';
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

/** Parts from the live edge at which a low-latency viewer begins: PART-HOLD-BACK. */
const holdBackParts = packagerLimits.partHoldBackParts;

/** What a viewer gets of one rendition, in order. */
class Haul {
  readonly got: string[] = [];
  readonly arrivedMs: Map<string, number>;
  readonly folder: string;
  readonly #seat: Seat;
  readonly #rendition: string;

  /** @param arrivedMs of all renditions of this viewer */
  constructor(seat: Seat, rendition = seat.rendition, arrivedMs = new Map<string, number>()) {
    this.#seat = seat;
    this.#rendition = rendition;
    this.folder = `/b/${seat.broadcast}/${rendition}/`;
    this.arrivedMs = arrivedMs;
  }

  /** Fetches an init segment, which is nothing to play yet. */
  async fetchInit(file: string): Promise<void> {
    await this.#seat.crowd.get(this.#seat, this.folder + file);
  }

  async fetch(file: string): Promise<void> {
    if (!(await this.#seat.crowd.get(this.#seat, this.folder + file))) return;
    this.got.push(file);
    this.arrivedMs.set(`${this.#rendition}/${file}`, performance.now());
  }

  /** Whether a file lies behind the last one to watch. */
  isBeyond(file: string): boolean {
    return numbersOf(file).msn > (this.#seat.lastMsn() ?? Number.POSITIVE_INFINITY);
  }
}

/** Follows a rendition part by part: blocking reloads, the announced part asked for ahead of time. */
export function watchLowLatency(seat: Seat): CrowdViewer {
  const haul = new Haul(seat);
  const { folder } = haul;
  const watch = async () => {
    let text = await getText(seat, `${folder}index.m3u8`);
    const sight = new Sight(seat.crowd);
    let taken: string | null = null;
    while (text !== null) {
      const edge = sight.look(text);
      if (taken === null && edge.init) await haul.fetchInit(edge.init);
      taken = await catchUp(haul, edge, taken);
      const { hint } = edge;
      if (hint === null || haul.isBeyond(hint)) return;
      const { msn, part } = numbersOf(hint);
      const ahead = haul.fetch(hint);
      text = await getText(seat, `${folder}index.m3u8?_HLS_msn=${msn}&_HLS_part=${part}`);
      await ahead;
    }
  };
  return { kind: 'LL-HLS', got: haul.got, arrivedMs: haul.arrivedMs, done: watch() };
}

/**
 * Fetches what is listed after `taken`, from the hold-back on to begin with; whoever is so late that the next part is
 * listed no more takes whole segments, as players do.
 * @returns the last part that he has then
 */
async function catchUp(haul: Haul, { parts, segments }: HlsEdge, taken: string | null): Promise<string | null> {
  const at = taken === null ? parts.length - 1 - holdBackParts : parts.indexOf(taken);
  const [first = ''] = parts;
  if (at < 0 && taken !== null) {
    // The announced part may be there already.
    const { msn } = numbersOf(haul.got.at(-1) ?? taken);
    const whole = segments.filter((file) => numbersOf(file).msn >= msn && numbersOf(file).msn < numbersOf(first).msn);
    for (const file of whole) if (!haul.isBeyond(file)) await haul.fetch(file);
  }
  for (const part of parts.slice(Math.max(0, at + 1))) {
    if (!haul.got.includes(part) && !haul.isBeyond(part)) await haul.fetch(part);
  }
  return parts.at(-1) ?? taken;
}

/** Follows a rendition segment by segment with plain reloads. */
export function watchHls(seat: Seat): CrowdViewer {
  const haul = new Haul(seat);
  const watch = async () => {
    const sight = new Sight(seat.crowd);
    for (;;) {
      const text = await getText(seat, `${haul.folder}index.m3u8`);
      if (text === null) return;
      const { segments, init } = sight.look(text);
      if (haul.got.length === 0 && init) await haul.fetchInit(init);
      if (await fetchNew(haul, newest(segments, 3), segments)) return;
      await pause(seat.reloadMs ?? 1_000);
    }
  };
  return { kind: 'HLS', got: haul.got, arrivedMs: haul.arrivedMs, done: watch() };
}

/** Follows all tracks of an MPD, two segments behind its end as plain DASH players do. */
export function watchDash(seat: Seat): CrowdViewer {
  const got: string[] = [];
  const arrivedMs = new Map<string, number>();
  const hauls = new Map<string, Haul>();
  const watch = async () => {
    for (;;) {
      const text = await getText(seat, `/b/${seat.broadcast}/index.mpd`);
      if (text === null) return;
      const listed = seat.crowd.read(text, readTracks);
      let left = listed.size;
      for (const [track, segments] of listed) {
        const haul = hauls.get(track) ?? new Haul(seat, track, arrivedMs);
        hauls.set(track, haul);
        const ready = segments.slice(0, -2);
        if (await fetchNew(haul, newest(ready, 2), ready)) left--;
      }
      if (listed.size > 0 && left === 0) break;
      await pause(seat.reloadMs ?? 1_000);
    }
    for (const [track, haul] of hauls) got.push(...haul.got.map((file) => `${track}/${file}`));
  };
  return { kind: 'DASH', got, arrivedMs, done: watch() };
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

/** The newest segments, to begin with; none while there are not as many. */
function newest(segments: readonly string[], count: number): readonly string[] {
  return segments.length < count ? [] : segments.slice(-count);
}

/** Fetches what is listed and new, from `first` on to begin with; true once the last segment to watch is there. */
async function fetchNew(haul: Haul, first: readonly string[], listed: readonly string[]): Promise<boolean> {
  const last = haul.got.at(-1);
  const fresh = last === undefined ? first : listed.filter((file) => numbersOf(file).msn > numbersOf(last).msn);
  for (const file of fresh) {
    if (haul.isBeyond(file)) return true;
    await haul.fetch(file);
  }
  return false;
}

async function getText(seat: Seat, target: string): Promise<string | null> {
  return (await seat.crowd.get(seat, target))?.toString() ?? null;
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
