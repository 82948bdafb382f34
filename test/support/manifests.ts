import { rewriteHls } from '../../workers/manifest/hls/rewrite.ts';
import { splitHls } from '../../workers/manifest/hls/template.ts';
import { rewriteMpd } from '../../workers/manifest/mpd/rewrite.ts';
import { splitMpd } from '../../workers/manifest/mpd/template.ts';
import type { RewriteOptions, Rewritten } from '../../workers/manifest/options.ts';

/** A playlist after rewriting, or the fault in brackets. */
export function hls(playlist: string, options: RewriteOptions): string {
  return shown(rewriteHls(splitHls(playlist), options));
}

/** An MPD after rewriting, or the fault in brackets. */
export function mpd(text: string, options: RewriteOptions, nowMs = 0): string {
  return shown(rewriteMpd(splitMpd(text), options, nowMs));
}

function shown(rewritten: Rewritten | string): string {
  return typeof rewritten === 'string' ? `<${rewritten}>` : rewritten.text;
}

/** A range on the clock, within 2026-11-21 12:00: seconds after the hour. */
export function between(startS: number | null, endS: number | null): RewriteOptions {
  const at = (seconds: number | null) => (seconds === null ? null : Date.UTC(2026, 10, 21, 12) + seconds * 1_000);
  return { range: { base: 'clock', startMs: at(startS), endMs: at(endS) } };
}
