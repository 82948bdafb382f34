import type { FindingCode, FindingSeverity } from '#shared/model/finding.ts';
import type { SourceAudio, SourceDescription } from '#shared/model/source.ts';
import type { PlannedRendition } from '../packager/packager.ts';
import { type Capacity, LadderError, type LadderPlan, type LadderWish, planLadder } from '../transcoder/ladder.ts';

/** A ladder for a source, or the sentence why there is none, and which of the source's findings hold. */
export interface SourcePlan {
  readonly plan: LadderPlan | null;
  /** For the streamer, when nothing can be produced. */
  readonly refusal: string | null;
  /** The findings that this look at the source decides on, and how badly each holds, if it does. */
  readonly findings: ReadonlyMap<FindingCode, FindingSeverity | boolean>;
}

/** Why a source may not be passed through. */
const passthroughFindings = [
  'video.codec_unsupported',
  'video.interlaced',
  'video.gop_long',
  'video.gop_irregular',
  'video.open_gop',
  'video.resolution_over_limit',
  'video.fps_mismatch',
] as const satisfies readonly FindingCode[];

/** The rate of all sound that is made. */
const soundRate = 48_000;
/** HE-AAC whose configuration does not say so is played at twice this, its core's rate. */
const halvedSoundRate = 24_000;

/** Whether sound comes at a rate that viewers do not get; one that is not known does not count. */
export function isResampled(audio: SourceAudio | null): boolean {
  if (!audio || audio.sampleRate === 0 || audio.sampleRate === soundRate) return false;
  return audio.codec !== 'aac' || audio.sampleRate !== halvedSoundRate;
}

/** Whether there is sound that ffmpeg cannot read. */
function isUnheard(audio: SourceAudio | null, { enhancedFlv = true }: Capacity): boolean {
  return audio?.codec === 'unsupported' || (audio?.codec === 'opus' && !enhancedFlv);
}

/** @param passthroughLost why this publisher's picture cannot be passed through, as it showed after an earlier look */
export function planSource(
  source: SourceDescription,
  capacity: Capacity,
  wish: LadderWish,
  passthroughLost: FindingCode | null,
): SourcePlan {
  const findings = new Map<FindingCode, FindingSeverity | boolean>([
    ['video.none', source.video === null],
    ['audio.none', source.audio === null],
    ['audio.codec_unsupported', isUnheard(source.audio, capacity)],
    ['audio.sample_rate', isResampled(source.audio)],
  ]);
  try {
    const plan = planLadder(source, capacity, { ...wish, passthrough: wish.passthrough && passthroughLost === null });
    for (const code of passthroughFindings) findings.set(code, plan.passthroughRefusal === code && 'warning');
    if (passthroughLost) findings.set(passthroughLost, true);
    return { plan, refusal: null, findings };
  } catch (cause) {
    if (!(cause instanceof LadderError)) throw cause;
    findings.set(cause.code, true);
    return { plan: null, refusal: cause.message, findings };
  }
}

/** The renditions of a plan as the packager expects them. */
export function plannedRenditions(plan: LadderPlan): PlannedRendition[] {
  const video = plan.video.map(({ name, frameRate, bitrate, mode }) => {
    return { name, kind: 'video', frameRate, bitrate, passthrough: mode === 'copy' } as const;
  });
  const sound = [plan.audio, plan.opus].flatMap((audio) => {
    if (!audio) return [];
    return [{ name: audio.name, kind: 'audio', frameRate: 0, bitrate: audio.bitrate, passthrough: false } as const];
  });
  return [...video, ...sound];
}
