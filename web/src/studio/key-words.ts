import { durationText } from '../page/duration.ts';
import type { StreamKey } from './shapes.ts';

/** The words of one stream key. */
export interface KeyWords {
  readonly title: string;
  readonly facts: string;
}

/** @param nowMs the server's clock */
export function keyWords(key: StreamKey, nowMs: number): KeyWords {
  const made = `Made ${durationText(nowMs - key.createdMs)} ago`;
  return { title: key.label || 'Without a name', facts: `${made} · ${usedText(key, nowMs)}` };
}

function usedText({ lastUsedMs, lastUsedEncoder, lastUsedIp }: StreamKey, nowMs: number): string {
  if (lastUsedMs === null) return 'never used';
  const how = [lastUsedEncoder, lastUsedIp && `from ${lastUsedIp}`].filter(Boolean).join(' ');
  return `last used ${durationText(nowMs - lastUsedMs)} ago${how ? ` by ${how}` : ''}`;
}
