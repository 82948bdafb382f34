import { readMpd } from '../../conformance/dash/mpd.ts';
import { readMediaPlaylist } from '../../conformance/hls/media-playlist.ts';
import { shareSegments } from '../../conformance/hls/share-segments.ts';
import type { Exchange } from '../../conformance/http/exchange.ts';
import type {
  DashObservation,
  HlsObservation,
  MpdSnapshot,
  Probe,
  Snapshot,
} from '../../conformance/observe/observation.ts';
import type { Check } from '../../conformance/rules/check.ts';
import { Evidence } from '../../conformance/rules/check.ts';
import { dashLowLatencyChecks } from '../../conformance/rules/dash-low-latency.ts';
import { mpdChecks } from '../../conformance/rules/dash-manifest.ts';
import { deltaChecks } from '../../conformance/rules/delta.ts';
import { partChecks } from '../../conformance/rules/parts.ts';
import { playlistChecks } from '../../conformance/rules/playlists.ts';
import type { LiveWindow } from '../../origin/packager/window.ts';
import { blockingFaults, deltaFaults, type IsStored, servedFaults } from './window-faults.ts';

/** A live window at one moment, and what lies in the store beside it. */
export interface Watched {
  readonly window: LiveWindow;
  readonly names: readonly string[];
  readonly nowMs: number;
  readonly isStored: IsStored;
}

const base = 'http://watch/b/x/';
const headers = { 'content-type': 'application/dash+xml' };
/** Nothing comes while nothing is made. */
const isOfTime = (finding: string) =>
  /^(?:hls-fresh|dash-update-period) |^dash-availability SHOULD .* ago$/.test(finding);

/** Sees every version of the manifests of a live window, and judges them as the conformance suite judges a server. */
export class ManifestWatch {
  readonly #snapshots = new Map<string, Snapshot[]>();
  readonly #probes: Probe[] = [];
  readonly #mpds: MpdSnapshot[] = [];
  readonly #texts = new Map<string, string>();
  readonly #faults: string[] = [];
  #looks = 0;

  /** Reads everything that there is now. */
  look({ window, names, nowMs: clockMs, isStored }: Watched): void {
    // One look after the other.
    const nowMs = clockMs + ++this.#looks / 1_000;
    for (const name of names) {
      const answer = window.playlist(name, false);
      if (!answer) continue;
      const isNew = this.#texts.get(name) !== answer.text;
      if (isNew) this.#playlist(name, answer.text, window, nowMs);
      const playlist = this.#snapshots.get(name)?.at(-1)?.playlist;
      // Media leaves memory while a text stays as it is.
      if (!playlist || (!isNew && this.#looks % 8 !== 0)) continue;
      this.#faults.push(...servedFaults(window, name, playlist, isStored), ...blockingFaults(answer.state, playlist));
    }
    const mpd = window.mpd(nowMs);
    if (mpd !== null && mpd !== this.#texts.get('mpd')) this.#mpd(mpd, window, nowMs, isStored);
  }

  /** What is wrong with all of it: what is listed and not there, and what the rules of the suite say. */
  findings(): string[] {
    const common = { entry: exchangeOf(base, 0), exchanges: [], carriers: [], startedAtMs: 0, endedAtMs: 0 };
    const renditions = [...this.#snapshots].map(([name, snapshots]) => ({
      ...{ url: urlOf(name), label: name, variants: [], alternative: null, iFramesOnly: false, snapshots },
      ...{ pictures: new Map(), objects: new Map(), inits: new Map() },
    }));
    const hls: HlsObservation = { ...common, kind: 'hls', multivariant: null, renditions, probes: this.#probes };
    // A presentation that ends is a recording from then on, with times of its own.
    const [live, over] = [true, false].map((dynamic): DashObservation => {
      const snapshots = this.#mpds.filter(({ mpd }) => mpd.dynamic === dynamic);
      return { ...common, kind: 'dash', snapshots, objects: [], inits: new Map(), probes: [] };
    }) as [DashObservation, DashObservation];
    return [
      ...this.#faults,
      ...judge([...playlistChecks, ...deltaChecks, ...partChecks], hls).filter((finding) => !this.#isShort(finding)),
      ...[live, over].flatMap((dash) => judge([...mpdChecks, ...dashLowLatencyChecks], dash)),
    ];
  }

  /** A rendition that was added later is short without anything having left it. */
  #isShort(finding: string): boolean {
    const name = /^hls-window MUST (\w+)\//.exec(finding)?.[1] ?? '';
    const begins = new Set(this.#snapshots.get(name)?.map(({ playlist }) => playlist.mediaSequence));
    return begins.size === 1;
  }

  /** Every text so far, one after the other: what is to be the same for the same media. */
  readonly texts: string[] = [];

  #playlist(name: string, text: string, window: LiveWindow, nowMs: number): void {
    this.#texts.set(name, text);
    this.texts.push(text);
    const seen = this.#snapshots.get(name) ?? [];
    this.#snapshots.set(name, seen);
    const url = urlOf(name);
    const exchange = exchangeOf(url, nowMs);
    const playlist = shareSegments(seen.at(-1)?.playlist, readMediaPlaylist(text, url));
    seen.push({ playlist, exchange, asked: null });
    const delta = window.playlist(name, true)?.text ?? '';
    this.texts.push(delta);
    const skipped = readMediaPlaylist(delta, url);
    this.#probes.push({
      ...{ name: 'skip', exchange, playlist: skipped, before: playlist, msn: null, part: null },
      ...{ against: null, ageMs: 0, text: '' },
    });
    this.#faults.push(...deltaFaults(playlist, skipped));
  }

  #mpd(text: string, window: LiveWindow, nowMs: number, isStored: IsStored): void {
    this.#texts.set('mpd', text);
    this.texts.push(text);
    const mpd = readMpd(text, `${base}index.mpd`, nowMs);
    this.#mpds.push({ mpd, exchange: exchangeOf(`${base}index.mpd`, nowMs), digest: text });
    for (const { id, segments } of mpd.representations) {
      for (const { number, url } of segments) {
        const { kind } = window.segment(id, number);
        const isThere = kind === 'found' || kind === 'open' || (kind === 'stored' && isStored(url.slice(base.length)));
        if (!isThere) this.#faults.push(`served: the MPD lists ${url.slice(base.length)}, which is ${kind}`);
      }
    }
  }
}

function urlOf(name: string): string {
  return `${base}${name}/index.m3u8`;
}

function exchangeOf(url: string, atMs: number): Exchange {
  return {
    ...{ purpose: 'playlist', method: 'GET', url, finalUrl: url, redirects: 0, status: 200, headers, sizeBytes: 0 },
    ...{ digest: '', requestedAtMs: atMs, headersAtMs: atMs, firstByteAtMs: atMs, endedAtMs: atMs, error: null },
  };
}

function judge<O>(checks: readonly Check<O>[], observation: O): string[] {
  return checks.flatMap((check) => {
    const evidence = new Evidence();
    check.judge(observation, evidence);
    const told = evidence.findings.map(
      ({ severity, url, seen }) => `${check.id} ${severity} ${url.slice(base.length)}: ${seen}`,
    );
    return told.filter((finding) => !isOfTime(finding));
  });
}
