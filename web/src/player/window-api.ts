import type { Engine, Level } from './engine.ts';

/** Read-only state of the page for scripts and tests: `window.headwater`. */
export interface HeadwaterWindow {
  readonly state: string;
  /** Name of the engine that is mounted, or null. */
  readonly engine: string | null;
  readonly latencySeconds: number | null;
  readonly targetLatencySeconds: number | null;
  readonly levels: readonly Level[];
  /** Height of the picture that is decoded, pixels; 0 before the first frame. */
  readonly currentHeight: number;
  readonly stalls: number;
  /** Codes of the latest failures that ended an engine, oldest first. */
  readonly errors: readonly string[];
  /** Codes of what engines mended by themselves, oldest first. */
  readonly warnings: readonly string[];
}

declare global {
  interface Window {
    readonly headwater: HeadwaterWindow;
  }
}

/** Where the values come from. */
export interface WindowSources {
  readonly video: HTMLVideoElement;
  state(): string;
  engine(): Engine | null;
  stalls(): number;
  errors(): readonly string[];
  warnings(): readonly string[];
}

/** Defines `window.headwater`; every property is read when it is asked for. */
export function exposeWindow(sources: WindowSources): void {
  const value: HeadwaterWindow = Object.freeze({
    get state() {
      return sources.state();
    },
    get engine() {
      return sources.engine()?.name ?? null;
    },
    get latencySeconds() {
      return sources.engine()?.latencySeconds() ?? null;
    },
    get targetLatencySeconds() {
      return sources.engine()?.targetLatencySeconds() ?? null;
    },
    get levels() {
      return sources.engine()?.levels() ?? [];
    },
    get currentHeight() {
      return sources.video.videoHeight;
    },
    get stalls() {
      return sources.stalls();
    },
    get errors() {
      return [...sources.errors()];
    },
    get warnings() {
      return [...sources.warnings()];
    },
  });
  Object.defineProperty(window, 'headwater', { value, enumerable: true });
}
