import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiToken, ControlStage } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());

test('an OBS profile holds the nearest server, a key that publishes, and a keyframe every two seconds', async () => {
  const { id } = await stage.channel();
  expect((await stage.person('POST', `/channels/${id}/obs-profile`)).json).toMatchObject({ code: 'conflict' });
  const ingest = { rtmpUrl: 'rtmp://o.test:1935/live', rtmpsUrl: 'rtmps://o.test:1936/live', place: null };
  await stage.heartbeat([], 'o-obs', { ingest });
  await expect.poll(async () => (await stage.call('/api/v1/ingests')).json.ingests.length, { timeout: 5_000 }).toBe(1);
  const answer = await stage.raw(`/api/v1/channels/${id}/obs-profile`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiToken}` },
  });
  expect(answer.status).toBe(201);
  expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="headwater-${id}.zip"`);
  const files = unzipSync(new Uint8Array(await answer.arrayBuffer()));
  const read = (name: string) => strFromU8(files[`headwater-${id}/${name}`] ?? new Uint8Array());
  expect(Object.keys(files).sort()).toEqual(
    ['basic.ini', 'service.json', 'streamEncoder.json'].map((name) => `headwater-${id}/${name}`),
  );
  expect(read('basic.ini')).toContain(`[General]\nName=Headwater ${id}\n`);
  expect(JSON.parse(read('streamEncoder.json'))).toMatchObject({ keyint_sec: 2, rate_control: 'CBR' });
  const { settings } = JSON.parse(read('service.json'));
  expect(settings.server).toBe('rtmps://o.test:1936/live');
  expect(await stage.publish(settings.key)).toMatchObject({ accepted: true, channel: id });
});

test('a channel that is not there has no profile, and nobody without the API token gets one', async () => {
  expect((await stage.person('POST', '/channels/none/obs-profile')).status).toBe(404);
  expect((await stage.call('/api/v1/channels/none/obs-profile', { method: 'POST' })).status).toBe(401);
});
