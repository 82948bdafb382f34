import type { StreamKey } from '#shared/api/shapes.ts';
import { durationText } from '../page/duration.ts';

/** The words of one stream key. */
export interface KeyWords {
  readonly title: string;
  readonly facts: string;
}

/** @param nowMs the server's clock */
export function keyWords(key: StreamKey, nowMs: number): KeyWords {
  const made = `Made ${durationText(nowMs - key.createdMs)} ago`;
  return { title: key.label || 'Without a name', facts: `${made} · ${usedText(key, nowMs)}${endText(key, nowMs)}` };
}

function endText({ expiresMs }: StreamKey, nowMs: number): string {
  if (expiresMs === null) return '';
  return expiresMs <= nowMs ? ' · replaced' : ` · replaced, taken for another ${durationText(expiresMs - nowMs)}`;
}

function usedText({ lastUsedMs, lastUsedEncoder, lastUsedIp }: StreamKey, nowMs: number): string {
  if (lastUsedMs === null) return 'never used';
  const how = [lastUsedEncoder, lastUsedIp && `from ${lastUsedIp}`].filter(Boolean).join(' ');
  return `last used ${durationText(nowMs - lastUsedMs)} ago${how ? ` by ${how}` : ''}`;
}
