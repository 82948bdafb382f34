import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { parseRecord } from '#shared/model/record.ts';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import type { S3Options } from '../../origin/store/s3-store.ts';
import { Replay } from '../../workers/shield/replay.ts';
import type { FaultyBucket } from './s3-faults.ts';

/** Hash of an object's bytes. */
export const hashBytes = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/**
 * Starts test/support/killable-origin.ts; resolves when its broadcast is live.
 * @param adoptsAtMs for another origin: how long after the broadcast began it goes on with it
 */
export async function startKillableOrigin(
  folder: string,
  broadcast: string,
  bucket: S3Options,
  adoptsAtMs: number | null = null,
): Promise<ChildProcess> {
  const path = join(import.meta.dirname, 'killable-origin.ts');
  const execPath = join(import.meta.dirname, '../../node_modules/.bin/node');
  const args = [folder, broadcast, JSON.stringify(bucket), ...(adoptsAtMs === null ? [] : [String(adoptsAtMs)])];
  const child = fork(path, args, { execPath, execArgv: [], silent: true });
  const errors: string[] = [];
  child.stderr?.on('data', (text) => errors.push(String(text)));
  const [said] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  expect([said, errors.join('')]).toEqual(['live', '']);
  return child;
}

/** Hashes of the segments that an origin has acknowledged: named in its record, their bytes in the spool. */
export async function acknowledgedBy(folder: string, broadcast: string): Promise<Map<string, string>> {
  const lines = await readFile(join(folder, 'broadcasts', `${broadcast}.ndjson`), 'utf8').catch(() => '');
  return acknowledgedIn(lines, folder, broadcast);
}

/** Hashes of the segments that a record names, their bytes in an origin's spool. */
export async function acknowledgedIn(lines: string, folder: string, broadcast: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [name, { timeline }] of parseRecord(lines).tracks) {
    for (const { msn, gap } of timeline.segments) {
      const path = `${name}/${msn}.m4s`;
      const bytes = gap ? null : await readFile(join(folder, 'spool/b', broadcast, path)).catch(() => null);
      if (bytes) found.set(path, hashBytes(bytes));
    }
  }
  return found;
}

/** Hashes of the segments of a broadcast that a bucket has acknowledged, by path below the broadcast. */
export function inBucket(broadcast: string, { stored }: Pick<FaultyBucket, 'stored'>): Map<string, string> {
  const [before, files] = [`/b/${broadcast}/`, /\.m4s$/];
  const paths = [...stored].flatMap(([path, sum]) => {
    const at = path.indexOf(before);
    return at >= 0 && files.test(path) ? [[path.slice(at + before.length), sum] as const] : [];
  });
  return new Map(paths);
}

/** Hashes of the segments that the replay's playlists list, and which numbers it says are missing. */
export async function replayedFrom(broadcast: string, bucket: Pick<ObjectStore, 'get'>, renditions: readonly string[]) {
  const record = (await bucket.get(`b/${broadcast}/record.ndjson.gz`)) ?? Buffer.alloc(0);
  const replay = new Replay(parseRecord(gunzipSync(record).toString()));
  expect(replay.isWhole).toBe(true);
  const listed = new Map<string, string>();
  const gaps = new Map<string, number[]>();
  for (const name of renditions) {
    const text = replay.playlist(name)?.text ?? '';
    const numbers: number[] = [];
    for (const [, gap, file = ''] of text.matchAll(
      /(#EXT-X-GAP\n)?(?:#EXT-X-(?!GAP)[^\n]*\n)*#EXTINF:[^\n]*\n(\d+\.m4s)/g,
    )) {
      const path = `${name}/${file}`;
      if (gap) gaps.set(name, [...(gaps.get(name) ?? []), Number.parseInt(file, 10)]);
      else listed.set(path, hashBytes((await bucket.get(`b/${broadcast}/${path}`)) ?? Buffer.alloc(0)));
      numbers.push(Number.parseInt(file, 10));
    }
    expect(numbers).toEqual(numbers.map((_, msn) => msn));
  }
  return { listed, gaps };
}
