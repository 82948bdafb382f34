import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { importLimits } from '#shared/limits/control.ts';
import { importPartKey } from '#shared/model/object-name.ts';
import { apiToken, ControlStage, type Json } from './control-stage.ts';

let stage: ControlStage;
let channel: string;
beforeAll(async () => {
  stage = await ControlStage.start();
  for (const origin of ['o-a', 'o-b']) await stage.heartbeat([], origin);
}, 30_000);
afterAll(() => stage?.stop());
beforeEach(async () => {
  await stage.sql('DELETE FROM imports');
  ({ id: channel } = await stage.channel());
});

const file = { name: 'Match.mp4', sizeBytes: 10 };
const minute = 61_000;

async function begun(wish: object = {}): Promise<string> {
  const { status, json } = await stage.person('POST', `/channels/${channel}/imports`, { ...file, ...wish });
  expect(status).toBe(201);
  // Parts of 4, 4 and 2 bytes; they are 16 MiB otherwise.
  await stage.sql('UPDATE imports SET part_bytes = 4 WHERE id = ?1', json.id);
  return json.id;
}

const put = (id: string, part: number | string, bytes: string) =>
  stage.person('PUT', `/imports/${id}/parts/${part}`, bytes);
const complete = (id: string) => stage.person('POST', `/imports/${id}/complete`);
const found = async (id: string): Promise<Json> => (await stage.person('GET', `/imports/${id}`)).json;

/** A whole file that waits for an origin. */
async function queued(wish: object = {}): Promise<string> {
  const id = await begun(wish);
  for (const [part, bytes] of ['abcd', 'efgh', 'ij'].entries()) await put(id, part, bytes);
  expect((await complete(id)).json.state).toBe('queued');
  return id;
}

const claim = async (origin: string): Promise<Json> => (await stage.origin('imports/claim', { origin })).json.job;
async function goesOn(origin: string, id: string, state: string, fields: object = {}): Promise<boolean> {
  const progress = { origin, id, state, share: 0.5, broadcast: null, problem: null, ...fields };
  const { status, json } = await stage.origin('imports/report', progress);
  expect(status).toBe(200);
  return json.goesOn;
}
const later = (id: string, ms: number) =>
  stage.sql('UPDATE imports SET updated_ms = updated_ms - ?2 WHERE id = ?1', id, ms);

/** An origin enters what it made of a job. */
async function enter(origin: string, job: string, broadcast: string): Promise<string> {
  const replay = { state: 'ready', uploaded: 1, sizeBytes: 9, durationMs: 60_000, gapMs: 0 };
  const times = { startedMs: 1, endedMs: 60_001 };
  const report = { origin, broadcast, channel, title: null, ...times, source: null, renditions: [], replay, job };
  const { status, json } = await stage.origin('import', report);
  return json?.reason ?? String(status);
}
const broadcastOf = (text: string) => `b_${text.padStart(20, '0')}`;

test('a file is taken in parts, which may come again, and handed on when none is missing', async () => {
  const made = await stage.person('POST', `/channels/${channel}/imports`, { ...file, title: 'Finals' });
  expect([made.status, made.headers.get('location')]).toEqual([201, `/api/v1/imports/${made.json.id}`]);
  expect(made.json).toEqual({
    ...{ id: expect.stringMatching(/^i_[0-9a-z]{20}$/), channel, ...file, title: 'Finals' },
    ...{ partBytes: importLimits.partBytes, partsMissing: [0], state: 'receiving', share: 0 },
    ...{ waits: null, origin: null, broadcast: null, problem: null },
    ...{ createdMs: expect.any(Number), updatedMs: made.json.createdMs },
  });
  const id = await begun();
  const refused = await complete(id);
  expect([refused.status, refused.json.reason]).toEqual([409, 'parts_missing']);
  expect(refused.json.detail).toContain('0, 1, 2');
  for (const [part, bytes] of [
    [0, 'ABCD'],
    [2, 'ij'],
    [0, 'abcd'],
  ] as const) {
    expect((await put(id, part, bytes)).status).toBe(204);
  }
  expect(await found(id)).toMatchObject({ state: 'receiving', partsMissing: [1], share: 0.6 });
  expect((await complete(id)).json.detail).toContain('missing: 1.');
  await put(id, 1, 'efgh');
  for (let i = 0; i < 2; i++) {
    expect((await complete(id)).json).toMatchObject({ state: 'queued', partsMissing: [], share: 0 });
  }
  const late = await put(id, 1, 'efgh');
  expect([late.status, late.json.reason]).toEqual([409, 'not_receiving']);
  expect(await stage.kept(`imports/${id}/`)).toEqual([0, 1, 2].map((part) => importPartKey(id, part)));
  const { entries } = (await stage.person('GET', `/audit?channel=${channel}`)).json;
  const entered = new Set(entries.map(({ action }: Json) => action));
  const actions = ['createImport', 'putImportPart', 'completeImport'].filter((action) => entered.has(action));
  expect(actions).toEqual(['createImport', 'completeImport']);
});

test('a part has the length that it must have, and says so', async () => {
  const id = await begun();
  const code = async (part: number | string, bytes: string) => (await put(id, part, bytes)).json.code;
  expect(await code(1, 'abc')).toBe('bad_request');
  expect(await code(1, 'abcde')).toBe('body_too_large');
  for (const part of [3, '01', '-1', '1e0', 'x', '9999999999']) expect(await code(part, 'abcd')).toBe('bad_request');
  const body = new Blob(['abcd']).stream();
  const headers = { authorization: `Bearer ${apiToken}` };
  const init = { method: 'PUT', headers, body, duplex: 'half' };
  const { status, json } = await stage.call(`/api/v1/imports/${id}/parts/1`, init);
  expect([status, json.code]).toEqual([411, 'length_required']);
  expect((await put('i_00000000000000000000', 0, 'abcd')).status).toBe(404);
  expect([(await found(id)).partsMissing, await stage.kept(`imports/${id}/`)]).toEqual([[0, 1, 2], []]);
});

test('an import is begun where it can be, and listed', async () => {
  const code = async (to: string, wish: object) =>
    (await stage.person('POST', `/channels/${to}/imports`, wish)).json.code;
  expect(await code('nobody', file)).toBe('not_found');
  for (const wish of [{ sizeBytes: 0 }, { sizeBytes: 2 ** 35 + 1 }, { name: '' }, { name: 'x'.repeat(201) }]) {
    expect(await code(channel, { ...file, ...wish })).toBe('bad_request');
  }
  const ids: string[] = [];
  for (let i = 0; i < importLimits.underWayMax; i++) ids.push(await begun());
  expect(await code(channel, file)).toBe('conflict');
  const page = async (query: string) => (await stage.person('GET', `/channels/${channel}/imports?${query}`)).json;
  const [newest, ...older] = (await page('')).imports.map(({ id }: Json) => id);
  expect([newest, ...older].sort()).toEqual([...ids].sort());
  const first = await page('limit=1');
  expect([first.imports[0].id, first.next]).toEqual([newest, newest]);
  expect((await page(`cursor=${newest}`)).imports.map(({ id }: Json) => id)).toEqual(older);
  expect((await stage.person('GET', '/channels/nobody/imports')).json.code).toBe('not_found');
  await stage.person('PATCH', `/channels/${channel}`, { disabled: true });
  await stage.sql("UPDATE imports SET state = 'failed'");
  expect(await code(channel, file)).toBe('conflict');
});

test('one origin gets a file, says how far it is, and enters it', async () => {
  const id = await queued({ title: 'Finals' });
  const waiting = async (origin: string) => (await stage.heartbeat([], origin)).json.imports;
  expect(await waiting('o-a')).toBe(1);
  await stage.person('PATCH', '/origins/o-a', { draining: true });
  expect([await waiting('o-a'), await claim('o-a')]).toEqual([undefined, null]);
  await stage.person('PATCH', '/origins/o-a', { draining: false });
  const jobs = await Promise.all([claim('o-a'), claim('o-b')]);
  expect(jobs.filter((job) => job !== null)).toEqual([{ id, channel, title: 'Finals', ...file, partBytes: 4 }]);
  const [mine, other] = jobs[0] ? (['o-a', 'o-b'] as const) : (['o-b', 'o-a'] as const);
  expect(await waiting(other)).toBeUndefined();
  expect([await goesOn(mine, id, 'encoding'), await goesOn(other, id, 'encoding')]).toEqual([true, false]);
  expect(await found(id)).toMatchObject({ state: 'encoding', share: 0.5, origin: mine, broadcast: null });
  const broadcast = broadcastOf('one');
  expect(await enter(other, id, broadcastOf('other'))).toBe('import_lost');
  expect(await stage.sql('SELECT id FROM broadcasts WHERE channel = ?1', channel)).toEqual([]);
  expect(await enter(mine, id, broadcast)).toBe('204');
  expect(await found(id)).toMatchObject({ state: 'ready', share: 1, broadcast, problem: null });
  // What comes late, or again, takes nothing back.
  expect([await goesOn(mine, id, 'uploading'), await goesOn(mine, id, 'ready')]).toEqual([true, true]);
  await stage.person('PATCH', `/channels/${channel}`, { disabled: true });
  expect([await enter(mine, id, broadcast), (await found(id)).state]).toEqual(['204', 'ready']);
});

test('a file that waits says what for, as the origins are at that moment', async () => {
  const ids = [await queued(), await queued()];
  const hour = 3_600_000;
  /** Heard of for the next hour. */
  const heard = async (origin: string, load: number) => {
    await stage.heartbeat([], origin, { load });
    await stage.silence(origin, -hour);
  };
  const waits = async () => {
    const { imports } = (await stage.person('GET', `/channels/${channel}/imports`)).json;
    return ids.map((id) => imports.find((one: Json) => one.id === id).waits);
  };
  for (const origin of ['o-a', 'o-b']) await heard(origin, 0.25);
  await later(ids[0] ?? '', -hour);
  await later(ids[1] ?? '', importLimits.takenWithinMs + 1);
  expect(await waits()).toEqual(['soon', 'not_taken']);
  // The one that was there first, or either where both came at once.
  const { id } = await claim('o-a');
  if (id === ids[1]) ids.reverse();
  const [taken = ''] = ids;
  await later(taken, -hour);
  await heard('o-b', 0.8);
  expect([await waits(), (await found(taken)).waits]).toEqual([[null, 'origins_import'], null]);
  await heard('o-a', 0.8);
  expect(await waits()).toEqual([null, 'origins_busy']);
  for (const origin of ['o-a', 'o-b']) await stage.person('PATCH', `/origins/${origin}`, { draining: true });
  expect(await waits()).toEqual([null, 'origins_drain']);
  await stage.sql('UPDATE origins SET draining = 0');
  // Whoever had it is not heard of either.
  for (const origin of ['o-a', 'o-b']) await stage.silence(origin, 2 * hour);
  await later(taken, hour + minute);
  expect([await waits(), (await found(taken)).state]).toEqual([['no_origin', 'no_origin'], 'encoding']);
  await stage.person('DELETE', `/imports/${taken}`);
  expect(await waits()).toEqual([null, 'no_origin']);
});

test('a silent origin loses a file; one that forgot it gets it again, and not for ever', async () => {
  const id = await queued();
  expect((await claim('o-a')).id).toBe(id);
  expect(await claim('o-b')).toBeNull();
  await later(id, minute);
  expect((await stage.heartbeat([], 'o-b')).json.imports).toBe(1);
  expect((await claim('o-b')).id).toBe(id);
  expect([await goesOn('o-a', id, 'encoding'), await enter('o-a', id, broadcastOf('lost'))]).toEqual([
    false,
    'import_lost',
  ]);
  const younger = await queued();
  expect((await claim('o-b')).id).toBe(id);
  expect((await claim('o-b')).id).toBe(younger);
  expect(await found(id)).toMatchObject({ state: 'failed', problem: { code: 'import_gave_up' } });
});

test('an origin says why it failed, in a line', async () => {
  const id = await queued();
  await claim('o-a');
  const problem = { code: 'file_not_mp4', detail: 'The file cannot be read as MP4 or MOV.' };
  const progress = { origin: 'o-a', id, state: 'failed', share: 0, broadcast: null };
  for (const wrong of [
    { code: 'A', detail: 'x' },
    { code: 'a', detail: 'x\ny' },
  ]) {
    expect((await stage.origin('imports/report', { ...progress, problem: wrong })).status).toBe(400);
  }
  expect(await goesOn('o-a', id, 'failed', { problem })).toBe(true);
  expect(await found(id)).toMatchObject({ state: 'failed', problem });
  expect([await goesOn('o-a', id, 'failed', { problem }), await goesOn('o-a', id, 'encoding')]).toEqual([true, false]);
  expect((await complete(id)).status).toBe(409);
});

test('what is cancelled stops, stays on the list until it is taken off it, and leaves no parts', async () => {
  const id = await queued();
  await claim('o-a');
  const remove = async () => (await stage.person('DELETE', `/imports/${id}`)).status;
  expect([await remove(), (await found(id)).state]).toEqual([204, 'cancelled']);
  expect([await goesOn('o-a', id, 'encoding'), await enter('o-a', id, broadcastOf('gone'))]).toEqual([
    false,
    'import_lost',
  ]);
  await vi.waitFor(async () => expect(await stage.kept(`imports/${id}/`)).toEqual([]), { timeout: 20_000 });
  expect([await remove(), (await stage.person('GET', `/imports/${id}`)).status, await remove()]).toEqual([
    204, 404, 404,
  ]);
  expect((await stage.person('GET', `/channels/${channel}/imports`)).json.imports).toEqual([]);
});

test('an upload that nobody goes on with fails, and its parts are nobody’s once they are gone', async () => {
  const id = await begun();
  await put(id, 0, 'abcd');
  const prefix = `imports/${id}/`;
  const orphans = async () => {
    const all = (await stage.person('GET', '/orphans')).json.orphans;
    return all.map((one: Json) => one.prefix).filter((one: string) => one === '' || one === prefix);
  };
  const run = async () => {
    expect((await stage.person('POST', '/retention')).status).toBe(200);
    return [(await found(id)).state, await stage.kept(prefix)];
  };
  await later(id, importLimits.abandonedMs - minute);
  expect([await run(), await orphans()]).toEqual([['receiving', [`${prefix}0`]], []]);
  await later(id, minute);
  expect(await run()).toEqual(['failed', []]);
  expect((await found(id)).problem.code).toBe('import_abandoned');
  // What was on its way then is removed as well, and what comes after that is found.
  await stage.keep(`${prefix}1`, Buffer.from('efgh'));
  expect(await orphans()).toEqual([]);
  await later(id, minute);
  expect(await run()).toEqual(['failed', []]);
  await stage.keep(`${prefix}2`, Buffer.from('ij'));
  expect([await run(), await orphans()]).toEqual([['failed', [`${prefix}2`]], [prefix]]);
});

test('a channel takes its imports with it', async () => {
  const id = await queued();
  await claim('o-a');
  expect((await stage.person('DELETE', `/channels/${channel}`)).status).toBe(204);
  await stage.person('POST', '/channels', { id: channel, title: 'Another one' });
  expect((await stage.person('GET', `/channels/${channel}/imports`)).json.imports).toEqual([]);
  expect([await goesOn('o-a', id, 'encoding'), await enter('o-a', id, broadcastOf('late'))]).toEqual([
    false,
    'import_lost',
  ]);
  await later(id, minute);
  await stage.person('POST', '/retention');
  expect([await stage.kept(`imports/${id}/`), await stage.sql('SELECT id FROM imports')]).toEqual([[], []]);
  expect(await stage.sql('SELECT part FROM import_parts')).toEqual([]);
});
