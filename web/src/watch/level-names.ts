import { bitrateText } from '../page/duration.ts';
import type { Level } from './engine.ts';

/** One line of the quality menu; `id` null is automatic choice. */
export interface LevelChoice {
  readonly id: number | null;
  readonly name: string;
}

/** The menu's lines, tallest first, `Auto` on top. Frame rate and bitrate are told only where they make the difference. */
export function levelChoices(levels: readonly Level[], autoHeight: number | null): LevelChoice[] {
  const sorted = levels.toSorted((a, b) => b.height - a.height || b.bitrate - a.bitrate);
  const names = sorted.map(rateName);
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

function rateName(level: Level): string {
  return level.frameRate > 31 ? `${level.height}p${Math.round(level.frameRate)}` : `${level.height}p`;
}
