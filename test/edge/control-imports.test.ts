import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlStage, type Json } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
  await stage.heartbeat([], 'o-imports');
}, 30_000);
afterAll(() => stage?.stop());

const rendition = { kind: 'video', name: 'v360', codec: 'avc1.64001f', width: 640, height: 360 } as const;
const renditions = [{ ...rendition, frameRate: 30, bitrate: 1, passthrough: false }];
const replay = { state: 'ready', uploaded: 1, sizeBytes: 9, durationMs: 60_000, gapMs: 0 };
const idOf = (text: string) => `b_${text.padStart(20, '0')}`;

function report(channel: string, id: string, changed: object = {}) {
  const endedMs = Date.now();
  const times = { startedMs: endedMs - 60_000, endedMs };
  const made = { source: null, renditions, replay };
  return { origin: 'o-imports', broadcast: idOf(id), channel, title: 'From a file', ...times, ...made, ...changed };
}

async function listed(channel: string): Promise<Json[]> {
  return (await stage.person('GET', `/channels/${channel}/replays`)).json.replays;
}

test('an import is only asked about at first, and entered once however often it is told', async () => {
  const { id } = await stage.channel();
  expect((await stage.origin('import', report(id, '1', { replay: null }))).status).toBe(204);
  expect(await listed(id)).toEqual([]);
  for (let i = 0; i < 2; i++) expect((await stage.origin('import', report(id, '1'))).status).toBe(204);
  expect(await listed(id)).toMatchObject([{ id: idOf('1'), title: 'From a file', ...replay }]);
  const events = await stage.sql('SELECT type FROM events WHERE channel = ?1', id);
  expect(events).toEqual([{ type: 'replay.ready' }]);
  expect((await stage.person('GET', `/broadcasts/${idOf('1')}`)).json).toMatchObject({
    state: 'ended',
    origin: 'o-imports',
  });
});

test('an import is refused where it cannot be', async () => {
  const { id } = await stage.channel();
  const other = await stage.channel();
  const code = async (message: object) => (await stage.origin('import', message)).json.code;
  expect(await code(report('nobody', '2'))).toBe('not_found');
  expect(await code(report(id, '2', { origin: 'o-unheard' }))).toBe('conflict');
  await stage.origin('import', report(id, '2'));
  expect(await code(report(other.id, '2'))).toBe('conflict');
  expect(await code(report(id, '3', { title: 'a\u0000b' }))).toBe('bad_request');
  await stage.person('PATCH', `/channels/${id}`, { disabled: true });
  expect(await code(report(id, '4', { replay: null }))).toBe('conflict');
});

test('a replay has a title and a visibility of its own until they are taken back', async () => {
  const { id } = await stage.channel({ title: 'The channel' });
  await stage.origin('import', report(id, '5', { title: null }));
  const path = `/broadcasts/${idOf('5')}`;
  const shown = async () => (await listed(id)).map(({ title, visibility }: Json) => [title, visibility]);
  expect(await shown()).toEqual([['The channel', 'public']]);
  const changed = await stage.person('PATCH', path, { title: 'Finals', visibility: 'signed' });
  expect([changed.status, changed.json.title, changed.json.visibility]).toEqual([200, 'Finals', 'signed']);
  expect(await shown()).toEqual([['Finals', 'signed']]);
  expect((await stage.call(`/api/v1/watch-replay/${idOf('5')}`)).json.code).toBe('token_missing');
  expect((await stage.call(`/api/v1/watch/${id}/replays`)).json.replays).toEqual([]);
  expect((await stage.person('PATCH', path, { visibility: null })).json).toMatchObject({
    title: 'Finals',
    visibility: null,
  });
  expect(await shown()).toEqual([['Finals', 'public']]);
  await stage.person('PATCH', path, { title: null });
  expect(await shown()).toEqual([['The channel', 'public']]);
  expect((await stage.person('PATCH', path, { visibility: 'secret' })).json.code).toBe('bad_request');
  expect((await stage.person('PATCH', `/broadcasts/${idOf('6')}`, { title: 'x' })).json.code).toBe('not_found');
});
