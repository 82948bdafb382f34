import { type VideoFamily, videoFamily } from '#shared/model/codec.ts';
import { bitrateText } from '../page/duration.ts';
import type { Level } from './engine.ts';

/** One line of the quality menu; `id` null is automatic choice. */
export interface LevelChoice {
  readonly id: number | null;
  readonly name: string;
}

/** As viewers know them. */
const familyNames: Readonly<Record<VideoFamily, string>> = { h264: 'H.264', hevc: 'HEVC', vp9: 'VP9', av1: 'AV1' };
/** Among equals in height, what every player decodes comes first. */
const familyOrder: readonly (VideoFamily | null)[] = [null, 'h264', 'hevc', 'vp9', 'av1'];

/**
 * The menu's lines, tallest first, `Auto` on top. Codec, frame rate and bitrate are told only where they make the
 * difference.
 */
export function levelChoices(levels: readonly Level[], autoHeight: number | null): LevelChoice[] {
  const sorted = levels.toSorted((a, b) => b.height - a.height || rank(a) - rank(b) || b.bitrate - a.bitrate);
  const severalCodecs = new Set(levels.map((level) => videoFamily(level.codec))).size > 1;
  const names = sorted.map((level) => (severalCodecs ? `${rateName(level)}${codecName(level)}` : rateName(level)));
  const lines = sorted.map((level, i) => {
    const name = names[i] ?? '';
    const twin = names.filter((other) => other === name).length > 1;
    return { id: level.id, name: twin ? `${name} · ${bitrateText(level.bitrate)}` : name };
  });
  return [{ id: null, name: autoName(autoHeight) }, ...lines];
}

/** `Auto (720p)`, or `Auto` while nothing is chosen. */
export function autoName(height: number | null): string {
  return height ? `Auto (${height}p)` : 'Auto';
}

function rank(level: Level): number {
  return familyOrder.indexOf(videoFamily(level.codec));
}

/** ` AV1`; nothing for H.264, the ordinary one. */
function codecName({ codec }: Level): string {
  const family = videoFamily(codec);
  return family && family !== 'h264' ? ` ${familyNames[family]}` : '';
}

function rateName(level: Level): string {
  return level.frameRate > 31 ? `${level.height}p${Math.round(level.frameRate)}` : `${level.height}p`;
}
