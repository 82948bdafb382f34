import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessStage, fillOrigin, startAccessStage } from '../../support/access-stage.ts';
import { pollUntil } from '../../support/poll.ts';

let at: AccessStage;

beforeAll(async () => {
  at = await startAccessStage({ pops: [{ name: 'fra', continent: 'EU' }] });
}, 60_000);
afterAll(() => at?.stage.stop());

test('a channel that becomes signed is closed within seconds, what is in memory too, and opens again as fast', async () => {
  const { edge } = at.stage;
  const { channel, broadcast } = await edge.addBroadcast('unlisted');
  fillOrigin(at.stage, broadcast);
  const files = ['index.m3u8', 'index.mpd', 'v720/index.m3u8', 'v720/init-0.mp4', 'v720/12.m4s'];
  const paths = [...files.map((file) => `/b/${broadcast}/${file}`), `/live/${channel}/index.m3u8`];
  const all = async (status: number) => {
    const replies = await Promise.all(paths.map((path) => at.get(path)));
    return replies.every((reply) => reply.status === status);
  };
  const say = (visibility: string) =>
    edge.sql('UPDATE channels SET visibility = ?1 WHERE id = ?2', visibility, channel);
  expect(await all(200)).toBe(true);
  await say('signed');
  await pollUntil(() => all(401), 'everything to be closed', 10_000);
  const token = at.token({ res: `channel:${channel}` });
  expect((await at.get(`/t/${token}/b/${broadcast}/v720/12.m4s`)).text).toBe('media 12');
  await say('public');
  await pollUntil(() => all(200), 'everything to be open', 10_000);
});

test('what is not in the catalogue is asked of nobody', async () => {
  const path = '/b/b_00000000000000000000/v720/12.m4s';
  expect((await at.get(path)).status).toBe(404);
  expect((await at.get(`/t/${at.token()}${path}`)).status).toBe(404);
  expect(at.stage.origin.countPath(path)).toBe(0);
});
