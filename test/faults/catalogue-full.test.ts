import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { respondError } from '../../workers/control/respond.ts';
import { ControlStage } from '../edge/control-stage.ts';
import { pollUntil } from '../support/poll.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';

/** Row 14 of the fault matrix: the catalogue has no room. */

const diskBytes = 16_777_216;

let disk: SmallDisk | null;
let stage: ControlStage;
beforeAll(async () => {
  disk = await mountSmallDisk(diskBytes);
  stage = await ControlStage.start({}, {}, disk?.folder ?? null);
});
afterAll(async () => {
  await stage?.stop();
  await disk?.close();
});

it('while the disk below it is full, what is there is read; once there is room, changes are taken again', async () => {
  const create = (title: string) => stage.person('POST', '/channels', { title });
  expect((await create('Before')).status).toBe(201);
  const filler = join(disk?.folder ?? '', 'filler');
  if (disk) await writeFile(filler, Buffer.alloc(diskBytes)).catch(() => {});
  // workerd does not say why.
  if (disk) expect((await create('Meanwhile')).json.code).toMatch(/^(?:internal|catalogue_full)$/);
  const { status, json } = await stage.person('GET', '/channels');
  expect([status, json.channels.map(({ title }: { title: string }) => title)]).toEqual([200, ['Before']]);
  if (disk) await rm(filler);
  await pollUntil(async () => (await create('After')).status === 201, 'a change to be taken', 10_000);
});

it.each(['D1_ERROR: Exceeded maximum DB size', 'D1_ERROR: database or disk is full: SQLITE_FULL'])(
  'answers 507 where the catalogue says that it is full: %s',
  async (message) => {
    const response = respondError(new Error(message));
    expect([response.status, await response.json()]).toEqual([
      507,
      expect.objectContaining({ code: 'catalogue_full' }),
    ]);
  },
);

it('answers 500 where it fails otherwise', () => {
  expect(respondError(new Error('D1_ERROR: no such table')).status).toBe(500);
});
