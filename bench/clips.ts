import { ClipStage } from '../test/support/clip-stage.ts';
import { makeCodedBroadcast } from '../test/support/coded-broadcast.ts';

/**
 * From the wish for a clip to its first second in a player's hands, at another PoP, of a broadcast that goes on; and how fast
 * one is downloaded as an MP4 file.
 */

const clips = 20;
const seconds = 60;
const downloads = 10;
const anchorMs = Date.now() - 1_000 * seconds;

const stage = await ClipStage.start();
try {
  // Noise, so that there are bytes.
  const encoder = ['-crf', '1', '-vf', 'noise=alls=60:allf=t'];
  const broadcast = await makeCodedBroadcast([{ startS: 0, seconds, firstFrame: 0, encoder }], anchorMs);
  const live = await stage.serve(broadcast);
  const over = await stage.keep(broadcast);
  const made: number[] = [];
  const playable: number[] = [];
  for (let i = 0; i < clips; i++) {
    const startedMs = performance.now();
    const { json } = await stage.person('POST', '/clips', { channel: live.channel, lastS: 5 + i }, 'fra');
    made.push(performance.now() - startedMs);
    await play(json.playback.hls, 'sin');
    playable.push(performance.now() - startedMs);
  }
  print('clip of a live broadcast, ms', 'p50', 'p95');
  print('made', ...at(made));
  print('playable at a PoP that had not heard of it', ...at(playable));
  const path = `/b/${over.broadcast}/download.mp4`;
  await stage.get(path, 'fra');
  const rates: number[] = [];
  const firsts: number[] = [];
  for (let i = 0; i < downloads; i++) {
    const startedMs = performance.now();
    const response = await fetch(new URL(path, stage.edge.url('fra')));
    firsts.push(performance.now() - startedMs);
    const { byteLength } = await response.arrayBuffer();
    rates.push(byteLength / 1_000 / (performance.now() - startedMs));
  }
  const { headers } = await stage.get(path, 'fra', {}, 'HEAD');
  print(`download of ${(Number(headers.get('content-length')) / 1e6).toFixed(1)} MB`, 'p50', 'p95');
  print('until it begins, ms', ...at(firsts));
  print('MB/s', ...at(rates));
} finally {
  await stage.stop();
}

/** What a player loads before its first picture. */
async function play(hls: string, pop: string): Promise<void> {
  const load = async (from: string, uri: string | undefined) => {
    const { pathname, search } = new URL(uri ?? '', `http://pop${from}`);
    const answer = await stage.get(pathname + search, pop);
    if (answer.status !== 200) throw new Error(`${pathname} is answered with ${answer.status}`);
    return { path: pathname + search, text: answer.text };
  };
  const multivariant = await load(hls, hls);
  const media = await load(multivariant.path, /^[^#\n].*$/m.exec(multivariant.text)?.[0]);
  await load(media.path, /MAP:URI="([^"]+)"/.exec(media.text)?.[1]);
  await load(media.path, /^\d+\.m4s$/m.exec(media.text)?.[0]);
}

function at(values: readonly number[]): string[] {
  const sorted = values.toSorted((a, b) => a - b);
  return [0.5, 0.95].map((share) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1));
}

function print(name: string, ...columns: string[]): void {
  process.stdout.write(`${name.padEnd(50)} ${columns.map((column) => column.padStart(8)).join('')}\n`);
}
