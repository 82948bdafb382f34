import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClipStage } from '../support/clip-stage.ts';
import { makeBroadcast } from '../support/finished-broadcast.ts';
import { pollUntil } from '../support/poll.ts';

let stage: ClipStage;
beforeAll(async () => {
  stage = await ClipStage.start();
}, 60_000);
afterAll(() => stage?.stop());

test('a replay that is signed of its own is closed while its channel is public, and open again when that is taken back', async () => {
  const { broadcast } = await stage.keep(makeBroadcast());
  const status = async () => (await stage.get(`/b/${broadcast}/index.m3u8`)).status;
  const set = (visibility: string | null) => stage.person('PATCH', `/broadcasts/${broadcast}`, { visibility });
  expect(await status()).toBe(200);
  expect((await set('signed')).json.visibility).toBe('signed');
  await pollUntil(async () => [401, 403].includes(await status()), 'the replay to be closed', 30_000);
  await set(null);
  await pollUntil(async () => (await status()) === 200, 'the replay to be open', 30_000);
});
