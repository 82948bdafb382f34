import type { ListedEdge } from './live-edge.ts';
import type { ClockPoint } from './media-clock.ts';
import type { TokenRenewal } from './token-renewal.ts';

/** The three ways to play: media source through hls.js or dash.js, or the browser's own HLS. */
export type EngineName = 'hls.js' | 'dash.js' | 'native';

/** One video rendition as the engine sees it. */
export interface Level {
  /** The engine's own handle. */
  readonly id: number;
  /** Pixels. */
  readonly height: number;
  /** Frames per second; 0 when the manifest does not say. */
  readonly frameRate: number;
  /** Bits per second. */
  readonly bitrate: number;
  /** RFC 6381 string of the picture; empty when the manifest does not say. */
  readonly codec: string;
}

/** A failure inside an engine. A fatal one ends it: the player builds a new engine. */
export interface EngineFailure {
  readonly fatal: boolean;
  /** Nothing was to be had: {@link isNoAnswer}. */
  readonly isUnreached: boolean;
  /** Stable enough to search for: `hls.levelLoadError.503`. */
  readonly code: string;
}

/** Whether a request for media has no status (0, too), or one that says that the server could not get it itself. */
export function isNoAnswer(status: number | null | undefined): boolean {
  return !status || status >= 500;
}

/** What an engine reports. */
export interface EngineListener {
  /** The media can be asked to play. */
  onReady(): void;
  onLevels(): void;
  /** New media has arrived: the engine is alive. */
  onSegment(): void;
  onFailure(failure: EngineFailure): void;
}

/** Where an engine begins: media seconds, a moment of the wall clock (ms since the Unix epoch), or null: as the manifest says. */
export type Start = { readonly atS: number } | { readonly dateMs: number } | null;

/** One attempt to play one URL on one video element. Made by an {@link EngineFactory}. */
export interface Engine {
  readonly name: EngineName;
  /** What knows no wall clock before it plays begins where the manifest says. */
  load(url: string, start: Start): void;
  destroy(): void;
  levels(): readonly Level[];
  /** The level that a person chose; null while the engine chooses. */
  chosenLevel(): number | null;
  setLevel(id: number | null): void;
  /** Level that is playing, or null while unknown. */
  currentLevel(): Level | null;
  /** Distance to the live edge, seconds; null while unknown. */
  latencySeconds(): number | null;
  /** Distance that the engine aims for, seconds. */
  targetLatencySeconds(): number | null;
  /** Media time of the position that counts as live, seconds. */
  liveSyncPosition(): number | null;
  goLive(): void;
  /** How far the manifest lists live media; null while unknown, and where nothing more will come. */
  edge(): ListedEdge | null;
  /** Whether the manifest says that nothing more will come. */
  isOver(): boolean;
  /** How media time and wall clock go together, oldest first; empty while unknown. */
  clock(): readonly ClockPoint[];
}

/** @param renewal keeps the token in URLs fresh; null: there is none in them */
export type EngineFactory = (video: HTMLVideoElement, listener: EngineListener, renewal: TokenRenewal | null) => Engine;
