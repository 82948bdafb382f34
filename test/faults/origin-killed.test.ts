import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRecord } from '#shared/model/record.ts';
import { publishCodedPicture } from '../support/coded-publisher.ts';
import { pollUntil } from '../support/poll.ts';
import { seededRandom } from '../support/seeded.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

/** Row 17 of the fault matrix, at many moments: what was acknowledged before a kill is in the replay, and holes are marked. */

const broadcasts = 4;
const killsPerBroadcast = 5;
const seed = 20_261_121;

let dataDir: string;
let stack: TestStack;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'headwater-killed-'));
  stack = await startTestStack({ dataDir });
});
afterAll(async () => {
  await stack?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const readyCount = () => stack.originLog.filter(({ event }) => event === 'origin_ready').length;

/** Hashes of the segments that the origin has acknowledged: named in its record, their bytes in the spool. */
async function acknowledged(broadcast: string): Promise<Map<string, string>> {
  const lines = await readFile(join(dataDir, 'origin/broadcasts', `${broadcast}.ndjson`), 'utf8').catch(() => '');
  const found = new Map<string, string>();
  for (const [name, { timeline }] of parseRecord(lines).tracks) {
    for (const { msn, gap } of timeline.segments) {
      const path = `${name}/${msn}.m4s`;
      if (!gap) found.set(path, hash(await readFile(join(dataDir, 'origin/spool/b', broadcast, path))));
    }
  }
  return found;
}

async function killOrigin(): Promise<void> {
  const ready = readyCount();
  process.kill(stack.run.pids.origin, 'SIGKILL');
  await pollUntil(() => readyCount() > ready, 'the origin to be back', 30_000);
}

/** Hashes of the segments that the replay lists, and the paths of those that it marks as gaps. */
async function replayed(broadcast: string, names: readonly string[]) {
  const get = (path: string) => fetch(`${stack.popUrl(1)}/b/${broadcast}/${path}`);
  const listed = new Map<string, string>();
  const gaps: string[] = [];
  for (const name of names) {
    const ended = async () => (await (await get(`${name}/index.m3u8`)).text()).includes('#EXT-X-ENDLIST');
    await pollUntil(ended, `the replay of ${name}`, 30_000);
    const text = await (await get(`${name}/index.m3u8`)).text();
    for (const [, gap, file] of text.matchAll(/#EXTINF:[^\n]*\n(?:(#EXT-X-GAP)\n)?(\d+\.m4s)/g)) {
      const response = gap ? null : await get(`${name}/${file}`);
      if (!response) gaps.push(`${name}/${file}`);
      else listed.set(`${name}/${file}`, response.ok ? hash(await response.bytes()) : `status ${response.status}`);
    }
  }
  return { listed, gaps };
}

async function publishUntilKilled(random: () => number, kills: number) {
  const known = new Map<string, string>();
  let broadcast = '';
  for (let kill = 0; kill < kills; kill++) {
    const publisher = publishCodedPicture({ url: stack.publishUrl, width: 320, height: 180, keyframeS: 1 });
    const view = await stack.waitForState('live');
    broadcast ||= view.broadcast ?? '';
    expect(view.broadcast).toBe(broadcast);
    await new Promise((resolve) => setTimeout(resolve, random() * 3_000));
    await killOrigin();
    for (const [path, sum] of await acknowledged(broadcast)) {
      expect([path, known.get(path) ?? sum]).toEqual([path, sum]);
      known.set(path, sum);
    }
    await publisher.stop();
  }
  return { broadcast, known };
}

test(`an origin killed ${broadcasts * killsPerBroadcast} times at random moments loses nothing that it had acknowledged`, async () => {
  const random = seededRandom(seed);
  for (let round = 0; round < broadcasts; round++) {
    const { broadcast, known } = await publishUntilKilled(random, killsPerBroadcast);
    await stack.api('PATCH', `/channels/${stack.run.channel}`, { disabled: true });
    await stack.waitForState('ended');
    await stack.api('PATCH', `/channels/${stack.run.channel}`, { disabled: false });
    const names = [...new Set([...known.keys()].map((path) => path.split('/')[0] ?? ''))];
    const { listed, gaps } = await replayed(broadcast, names);
    // Nothing that was acknowledged is missing or another, and a hole is told as one.
    const lost = [...known].filter(([path, sum]) => listed.get(path) !== sum).map(([path]) => path);
    expect([round, lost]).toEqual([round, []]);
    expect([...listed.values()].filter((sum) => sum.startsWith('status'))).toEqual([]);
    const numbers = new Set([...listed.keys(), ...gaps].map((path) => path.split('/')[1]));
    expect(numbers.size).toBe(Math.max(...[...numbers].map((file) => Number.parseInt(file ?? '', 10))) + 1);
  }
}, 400_000);
