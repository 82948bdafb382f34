import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeFlvFile, readFlvFile } from '../support/flv-file.ts';
import { readMediaPlaylist } from '../support/oracles.ts';
import { pollUntil } from '../support/poll.ts';
import { type BroadcastLab, clicks, flashes, startBroadcastLab } from './broadcast-lab.ts';

let lab: BroadcastLab;

beforeAll(async () => {
  lab = await startBroadcastLab();
});

afterAll(() => lab?.stop(), 30_000);

it('an encoder that hangs is killed and begun anew, and the playlist goes on with a discontinuity', async () => {
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '25'];
  const file = await makeFlvFile(...flashes('160x90', '25', 60), ...clicks(60), ...x264, '-c:a', 'aac');
  const broadcast = await lab.join();
  const stop = new AbortController();
  const playing = broadcast.play(readFlvFile(file, 0), stop.signal);
  const started = () => lab.log.filter((line) => line.event === 'transcoder_started');
  const segments = () => broadcast.playlist('v90').match(/^\d+\.m4s$/gm)?.length ?? 0;
  await pollUntil(() => broadcast.renditions().includes('v90') && segments() > 0, 'the first segment', 40_000);

  const [{ pid }] = started() as [{ pid: number }];
  process.kill(pid, 'SIGSTOP');
  await pollUntil(() => broadcast.found.has('transcode.restarted'), 'the finding', 30_000);
  const before = segments();
  await pollUntil(() => started().length === 2 && segments() > before + 1, 'media of the next encoder', 40_000);
  const died = lab.log.filter((line) => line.event === 'encoder_died').map((line) => line.why);
  expect(died).toEqual(['stalled']);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(broadcast.playlist('v90').match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(1);
  readMediaPlaylist(broadcast.playlist('v90'));
  expect(broadcast.closed).toEqual([]);
  stop.abort();
  await playing;
}, 120_000);
