import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import type { FlvTag } from '../../origin/ingest/flv.ts';

const fileHeaderBytes = 13;
const tagHeaderBytes = 11;
const trailerBytes = 4;

/** The tags of an FLV file, as if each had arrived at its own time after `startMs`. */
export function readFlvFile(file: Buffer, startMs = 1_000_000): FlvTag[] {
  const tags: FlvTag[] = [];
  let at = fileHeaderBytes;
  while (at + tagHeaderBytes <= file.length) {
    const code = file.readUInt8(at);
    const sizeBytes = file.readUIntBE(at + 1, 3);
    const timestampMs = file.readUIntBE(at + 4, 3) + file.readUInt8(at + 7) * 2 ** 24;
    const type = code === 9 ? 'video' : code === 8 ? 'audio' : 'script';
    const body = file.subarray(at + tagHeaderBytes, at + tagHeaderBytes + sizeBytes);
    tags.push({ type, timestampMs, arrivalMs: startMs + timestampMs, body });
    at += tagHeaderBytes + sizeBytes + trailerBytes;
  }
  return tags;
}

/** An FLV file that ffmpeg makes with these inputs and codecs. */
export async function makeFlvFile(...options: readonly string[]): Promise<Buffer> {
  const all = ['-hide_banner', '-nostdin', '-loglevel', 'error', ...options, '-f', 'flv', 'pipe:1'];
  const child = spawn('ffmpeg', all, { stdio: ['ignore', 'pipe', 'inherit'] });
  return buffer(child.stdout);
}

/** ffmpeg options: a moving picture. */
export function picture(size: string, rate: string, seconds: number): readonly string[] {
  return ['-f', 'lavfi', '-t', String(seconds), '-i', `testsrc2=size=${size}:rate=${rate}`];
}

/** ffmpeg options: a tone. */
export function tone(seconds: number): readonly string[] {
  return ['-f', 'lavfi', '-t', String(seconds), '-i', 'sine=r=48000'];
}
