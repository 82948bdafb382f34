import { publishCodedPicture } from '../test/support/coded-publisher.ts';
import { pollUntil } from '../test/support/poll.ts';
import { startTestStack } from '../test/support/stack.ts';

/**
 * How long viewers wait for a replay: from the moment at which the catalogue says that a broadcast of some seconds has ended
 * until its playlist is whole through another PoP, its last segment can be had there, its thumbnails are complete, and its
 * state is `ready`.
 */

const liveS = 15;
const rounds = 3;

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(58)} ${value.padStart(14)}\n`);
}

const stack = await startTestStack();
const names = ['playable', 'thumbnails', 'ready'] as const;
const took: Record<(typeof names)[number], number[]> = { playable: [], thumbnails: [], ready: [] };
try {
  await stack.api('PATCH', `/channels/${stack.run.channel}`, { reconnectWindowMs: 0 });
  for (let round = 0; round < rounds; round++) await measure();
  for (const name of names) {
    const sorted = took[name].sort((a, b) => a - b);
    const [middle = 0, longest = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    print(`end of the broadcast → ${name}: median, longest`, `${Math.round(middle)}, ${Math.round(longest)} ms`);
  }
} finally {
  await stack.stop();
}

async function measure(): Promise<void> {
  const publisher = publishCodedPicture({ url: stack.publishUrl });
  const { broadcast } = await stack.waitForState('live');
  await new Promise((resolve) => setTimeout(resolve, liveS * 1_000));
  await publisher.stop();
  await stack.waitForState('ended');
  const startMs = performance.now();
  const since = () => performance.now() - startMs;
  const text = async (path: string) => (await fetch(`${stack.popUrl(1)}/b/${broadcast}/${path}`)).text();
  const isPlayable = async () => {
    const playlist = await text('v360/index.m3u8');
    const last = playlist.match(/^\d+\.m4s$/gm)?.at(-1);
    if (!playlist.includes('#EXT-X-ENDLIST') || !last) return false;
    return (await fetch(`${stack.popUrl(1)}/b/${broadcast}/v360/${last}`)).ok;
  };
  const isReady = async () => {
    const answer = await stack.api('GET', `/channels/${stack.run.channel}/replays?limit=1`);
    const { replays } = (await answer.json()) as { replays: { id: string; state: string }[] };
    return replays[0]?.id === broadcast && replays[0].state === 'ready';
  };
  const until = async (name: keyof typeof took, condition: () => Promise<boolean>) => {
    await pollUntil(condition, name, 30_000);
    took[name].push(since());
  };
  await Promise.all([
    until('playable', isPlayable),
    until('thumbnails', async () => (await text('thumbs.vtt')).includes('xywh')),
    until('ready', isReady),
  ]);
}
