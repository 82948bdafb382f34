import { broadcastLimits } from '#shared/limits.ts';
import type { Finding, FindingCode } from '#shared/model/finding.ts';

type Words = Pick<Finding, 'severity' | 'sentence' | 'fix'>;

/** What each finding says to the streamer, and the way out. */
const words: Readonly<Record<FindingCode, Words>> = {
  'ingest.starved': {
    severity: 'warning',
    sentence: 'The encoder is connected and sends nothing.',
    fix: 'Look at the uplink: lower the bitrate in the encoder, or use a wired connection.',
  },
  'video.none': {
    severity: 'warning',
    sentence: 'The encoder sends sound only.',
    fix: 'Add a video source in the encoder if you want a picture.',
  },
  'video.codec_unsupported': {
    severity: 'error',
    sentence: 'The video codec cannot be decoded here.',
    fix: 'Choose H.264 in the encoder.',
  },
  'video.gop_long': {
    severity: 'warning',
    sentence: 'Keyframes are too far apart to pass the picture through untouched; it is encoded again.',
    fix: 'Set the keyframe interval to 2 seconds.',
  },
  'video.gop_irregular': {
    severity: 'warning',
    sentence: 'Keyframes do not come at a steady interval.',
    fix: 'Set the keyframe interval to 2 seconds and turn scene-cut detection off.',
  },
  'video.open_gop': {
    severity: 'warning',
    sentence: 'Keyframes are not clean starting points (open GOP), so the picture is encoded again.',
    fix: 'Turn open GOP off in the encoder.',
  },
  'video.resolution_over_limit': {
    severity: 'error',
    sentence: 'The picture is larger than this origin accepts.',
    fix: 'Lower the output resolution in the encoder.',
  },
  'video.changed_midstream': {
    severity: 'warning',
    sentence: 'The encoder changed the size or the format of its picture while live.',
    fix: 'Keep one output resolution and one codec for the whole broadcast.',
  },
  'video.fps_mismatch': {
    severity: 'warning',
    sentence: 'Pictures do not come at a steady rate, so the picture is encoded again.',
    fix: 'Set a constant frame rate in the encoder.',
  },
  'audio.none': {
    severity: 'info',
    sentence: 'The encoder sends no sound.',
    fix: 'Add an audio source in the encoder if you want sound.',
  },
  'audio.codec_unsupported': {
    severity: 'error',
    sentence: 'The audio codec cannot be decoded here.',
    fix: 'Choose AAC in the encoder.',
  },
  'ts.jump': {
    severity: 'warning',
    sentence: 'The encoder’s clock jumped forward; the jump was taken out.',
    fix: 'Look for dropped frames or a paused source in the encoder.',
  },
  'ts.backwards': {
    severity: 'warning',
    sentence: 'The encoder’s clock went back; the timeline was kept going forward.',
    fix: 'Restart the encoder if picture and sound drift apart.',
  },
  'ts.wrap_handled': {
    severity: 'info',
    sentence: 'The encoder’s 32-bit clock wrapped around; viewers do not notice.',
    fix: 'Nothing to do.',
  },
  'transcode.slow': {
    severity: 'error',
    sentence: 'The machine cannot encode fast enough: the largest renditions are left out until it has recovered.',
    fix: 'Send a smaller picture, or give the origin more processors.',
  },
  'transcode.restarted': {
    severity: 'warning',
    sentence: 'The transcoder stopped and was started again.',
    fix: 'Nothing to do if it stays at once; look at the origin’s log otherwise.',
  },
  'disk.low': {
    severity: 'warning',
    sentence:
      'The origin’s disk will be full soon; then viewers can go back one minute only, and the replay has a hole.',
    fix: 'Make room on the origin’s disk or raise spoolBytesMax. If storage.backlog is open as well, look at the bucket first.',
  },
  'storage.backlog': {
    severity: 'warning',
    sentence: 'The bucket takes media more slowly than it is made, or not at all; live viewers do not notice it.',
    fix: 'Look at the origin’s log for what the bucket answers: its address, its keys, the network, the clock.',
  },
  'storage.refused': {
    severity: 'error',
    sentence:
      'The bucket refuses this origin’s keys: media waits on its disk, live viewers do not notice it, and the replay comes later.',
    fix: 'Give the origin the bucket’s present keys and start it again; what waits is sent then. `headwater doctor` tries them.',
  },
  'storage.failed': {
    severity: 'error',
    sentence:
      'Media cannot be stored: the broadcast goes on from memory, viewers can go back one minute, and the replay will have a hole.',
    fix: 'Make room on the origin’s disk or raise spoolBytesMax; the origin’s log says what failed.',
  },
};

/** A finding in words, opened at `nowMs`. */
export function describeFinding(code: FindingCode, nowMs: number): Finding {
  return { code, ...words[code], openedMs: nowMs };
}

/** Findings that tell of a moment: they close by themselves when it does not come back. */
const momentary: ReadonlySet<FindingCode> = new Set([
  'video.gop_irregular',
  'video.changed_midstream',
  'ts.jump',
  'ts.backwards',
  'ts.wrap_handled',
  'transcode.restarted',
]);

/** Open findings, one per code, oldest first. */
export class Findings {
  readonly #open = new Map<FindingCode, Finding>();
  readonly #timers = new Map<FindingCode, NodeJS.Timeout>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Opens a finding; a second time only puts off the end of a momentary one, and says anew when something is expected. */
  raise(code: FindingCode, nowMs: number, expectedMs: number | null = null): void {
    if (momentary.has(code)) this.#closeWhenCalm(code);
    const known = this.#open.get(code);
    const openedMs = known?.openedMs ?? nowMs;
    this.#open.set(code, { ...describeFinding(code, openedMs), ...(expectedMs !== null && { expectedMs }) });
    if (!known) this.#onChange();
  }

  clear(code: FindingCode): void {
    clearTimeout(this.#timers.get(code));
    this.#timers.delete(code);
    if (this.#open.delete(code)) this.#onChange();
  }

  /** Forgets what was to be closed later. */
  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  has(code: FindingCode): boolean {
    return this.#open.has(code);
  }

  list(): Finding[] {
    return [...this.#open.values()];
  }

  #closeWhenCalm(code: FindingCode): void {
    clearTimeout(this.#timers.get(code));
    this.#timers.set(
      code,
      setTimeout(() => this.clear(code), broadcastLimits.findingCalmMs),
    );
  }
}
