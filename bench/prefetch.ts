import { EdgeStage } from '../test/support/edge-stage.ts';
import { type Hold, sendPlaylist } from '../test/support/fake-origin.ts';
import { pollUntil } from '../test/support/poll.ts';

/**
 * What the first viewer of a new part waits for it, through a PoP, when the origin is some way off: where the shield asked
 * ahead, and in another region whose viewer takes parts without their playlist, so that the shield could not.
 */

const originMs = 80;
const partsCount = 40;

const stage = await EdgeStage.start();
try {
  const playlist = await stage.newObject('v720/index.m3u8');
  const pathOf = (part: number) => playlist.replace('index.m3u8', `10.${part}.m4s`);
  const later = (send: () => void) => setTimeout(send, originMs);
  stage.origin.putPlaylist(playlist, { part: 0 });
  await stage.get(playlist, 'fra');
  let hinted: Hold = stage.origin.hold(pathOf(1));
  const ahead: number[] = [];
  const cold: number[] = [];
  for (let part = 1; part <= partsCount; part++) {
    const next = `${playlist}?_HLS_msn=10&_HLS_part=${part}`;
    const hold = stage.origin.hold(next);
    const viewer = stage.get(next, 'fra');
    await pollUntil(() => hold.waiting === 1, 'the blocking reload');
    const following = stage.origin.hold(pathOf(part + 1));
    // The part is there now: it and the playlist set out together.
    stage.origin.on(pathOf(part), (_, response) => later(() => response.writeHead(200).end('a part')));
    hinted.release((response) => later(() => response.writeHead(200).end('a part')));
    hold.release((response) => later(() => sendPlaylist(response, { part })));
    hinted = following;
    await viewer;
    ahead.push(await timed(pathOf(part), 'fra'));
    cold.push(await timed(pathOf(part), 'nyc'));
    if (stage.origin.countPath(pathOf(part)) !== 2) throw new Error('more than one request per region');
  }
  process.stdout.write(`first viewer of a part, origin ${originMs} ms away       p50    p95, ms\n`);
  for (const [name, values] of [
    ['asked ahead by the shield', ahead],
    ['not asked ahead', cold],
  ] as const) {
    const sorted = values.toSorted((a, b) => a - b);
    const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1).padStart(6);
    process.stdout.write(`${name.padEnd(50)} ${at(0.5)} ${at(0.95)}\n`);
  }
  process.stdout.write(`origin requests per part and region: 1 (${2 * partsCount} in all)\n`);
} finally {
  await stage.stop();
}

async function timed(path: string, pop: string): Promise<number> {
  const startedMs = performance.now();
  await stage.get(path, pop);
  return performance.now() - startedMs;
}
