import { sourceHealthLimits } from '#shared/limits/ingest.ts';

/**
 * Whether sound and picture drift apart at the encoder: a reducer over repaired times. Two clocks give it away. Both
 * tracks come over one connection, so that the times on them may not move against each other at one arrival; and sound
 * carries a clock of its own, the number of its samples, against which its times may not move.
 */
export interface DriftWatch {
  readonly drifting: boolean;
  readonly second: SecondSkew | null;
  /** How much later than the picture's the sound's times were, second by second: the first and the newest ones, ms. */
  readonly firstSkewsMs: readonly number[];
  readonly skewsMs: readonly number[];
  readonly sound: SoundClock | null;
  /** How far the sound's times were ahead of its samples, once a second, ms. */
  readonly gainsMs: readonly number[];
}

/** How late the best frame of each track was in a second of arrival, ms; null before one came. */
interface SecondSkew {
  readonly index: number;
  readonly audioMs: number | null;
  readonly videoMs: number | null;
}

interface SoundClock {
  readonly lastMs: number;
  /** Times minus samples since the sound began without a hole, ms. */
  readonly gainMs: number;
}

interface Frame {
  readonly type: 'audio' | 'video';
  readonly timestampMs: number;
  readonly arrivalMs: number;
}

const limits = sourceHealthLimits;

/** Before the first frame, and after a hole or a repair: what went before cannot be compared with what comes. */
export function createDriftWatch(): DriftWatch {
  const empty = { firstSkewsMs: [], skewsMs: [], gainsMs: [] };
  return { drifting: false, second: null, sound: null, ...empty };
}

/** The state after one more frame. @param soundFrameMs how long a frame of sound lasts, not rounded; null: not known */
export function watchDrift(state: DriftWatch, frame: Frame, soundFrameMs: number | null): DriftWatch {
  const index = Math.floor(frame.arrivalMs / 1_000);
  const heard = frame.type === 'audio' ? hear(state, frame.timestampMs, soundFrameMs) : state;
  const lateMs = frame.arrivalMs - frame.timestampMs;
  const same = heard.second?.index === index ? heard.second : { index, audioMs: null, videoMs: null };
  const key = frame.type === 'audio' ? 'audioMs' : 'videoMs';
  const second = { ...same, [key]: Math.min(lateMs, same[key] ?? lateMs) };
  if (!heard.second || heard.second.index === index) return { ...heard, second };
  return judge({ ...closeSecond(heard, heard.second), second });
}

function hear(state: DriftWatch, timestampMs: number, frameMs: number | null): DriftWatch {
  if (frameMs === null) return { ...state, sound: null, gainsMs: [] };
  const stepMs = state.sound ? timestampMs - state.sound.lastMs : frameMs;
  const isWhole = stepMs >= 0 && stepMs < frameMs * limits.soundHoleFrames;
  if (!state.sound || !isWhole) return { ...state, sound: { lastMs: timestampMs, gainMs: 0 }, gainsMs: [] };
  return { ...state, sound: { lastMs: timestampMs, gainMs: state.sound.gainMs + stepMs - frameMs } };
}

function closeSecond(state: DriftWatch, { audioMs, videoMs }: SecondSkew): DriftWatch {
  const gainsMs = state.sound ? [...state.gainsMs, state.sound.gainMs].slice(-limits.gainWindowS) : state.gainsMs;
  if (audioMs === null || videoMs === null) return { ...state, gainsMs };
  const skewMs = audioMs - videoMs;
  const { firstSkewsMs, skewsMs } = state;
  const settled = firstSkewsMs.length >= limits.skewSeconds;
  return {
    ...state,
    gainsMs,
    firstSkewsMs: settled ? firstSkewsMs : [...firstSkewsMs, skewMs],
    skewsMs: [...skewsMs, skewMs].slice(-limits.skewSeconds),
  };
}

function judge(state: DriftWatch): DriftWatch {
  const { firstSkewsMs, skewsMs, gainsMs, drifting } = state;
  const skewMs = firstSkewsMs.length < limits.skewSeconds ? 0 : Math.abs(median(skewsMs) - median(firstSkewsMs));
  const gainMs = Math.abs((gainsMs.at(-1) ?? 0) - (gainsMs[0] ?? 0));
  const { driftMsMax, driftCalmMs, gainMsMax, gainCalmMs } = limits;
  const apart = skewMs > (drifting ? driftCalmMs : driftMsMax) || gainMs > (drifting ? gainCalmMs : gainMsMax);
  return { ...state, drifting: apart };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
