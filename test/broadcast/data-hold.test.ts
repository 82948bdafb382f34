import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { holdDataFolder } from '../../origin/broadcast/data-hold.ts';
import { startOf } from '../../origin/broadcast/process-start.ts';

const source = join(import.meta.dirname, '../../origin/broadcast/data-hold.ts');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-hold-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const holds = () => readdirSync(folder).filter((name) => name.startsWith('in-use.'));
const ownParts = async () => {
  await holdDataFolder(folder, 0);
  const [name = ''] = holds();
  rmSync(join(folder, name));
  const [, , started = '', namespace = '', boot = ''] = name.split('.');
  return { started, namespace, boot };
};

/** A process that holds the folder. */
async function holder(): Promise<ChildProcess> {
  const script = `const { holdDataFolder } = await import(${JSON.stringify(source)});
    holdDataFolder(process.argv[1], 0).then(() => process.send('held'), ({ code }) => process.send(code));
    process.on('message', () => {});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(await once(child, 'message')).toEqual(['held', undefined]);
  return child;
}

it('a folder that another process holds is refused, named with it and the way out, and not once that is killed', async () => {
  const other = await holder();
  const before = holds();
  await expect(holdDataFolder(folder, 0)).rejects.toMatchObject({
    code: 'data_in_use',
    message: `Another origin (process ${other.pid}) runs on the data folder ${folder}. Stop it, or set HEADWATER_DATA_DIR to a folder of its own.`,
  });
  expect(holds()).toEqual(before);
  const waiting = holdDataFolder(folder, 60_000);
  other.kill('SIGKILL');
  const release = await waiting;
  expect(holds()).toEqual([expect.stringContaining(`in-use.${process.pid}.`)]);
  release();
  expect(holds()).toEqual([]);
});

it('a hold left by a process whose number another one has by now, by another boot or container keeps nobody out', async () => {
  const { started, namespace, boot } = await ownParts();
  const pid = process.ppid;
  const parent = startOf(pid) ?? '';
  const stale = [
    `in-use.999999999.${started}.${namespace}.${boot}`,
    `in-use.${pid}.${parent}.${namespace}.another-boot`,
    ...(parent
      ? [`in-use.${pid}.1${parent}.${namespace}.${boot}`, `in-use.${pid}.${parent}.1${namespace}.${boot}`]
      : []),
  ];
  for (const name of stale) {
    writeFileSync(join(folder, name), '');
    (await holdDataFolder(folder, 0))();
    expect(holds()).toEqual([]);
  }
  writeFileSync(join(folder, `in-use.${pid}.${parent}.${namespace}.${boot}`), '');
  await expect(holdDataFolder(folder, 0)).rejects.toMatchObject({ code: 'data_in_use' });
});

it('where the system tells of no starts the number of the process decides', async () => {
  const { namespace, boot } = await ownParts();
  const path = (pid: number) => join(folder, `in-use.${pid}..${namespace}.${boot}`);
  writeFileSync(path(process.ppid), '');
  await expect(holdDataFolder(folder, 0)).rejects.toMatchObject({ code: 'data_in_use' });
  renameSync(path(process.ppid), path(999999999));
  (await holdDataFolder(folder, 0))();
  expect(holds()).toEqual([]);
});

it('a folder that cannot be written is told with the reason of the system and the way out', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  // Below a file there is no folder, for root neither.
  const data = join(file, 'data');
  await expect(holdDataFolder(data, 0)).rejects.toMatchObject({
    code: 'data_not_writable',
    message: expect.stringMatching(
      /^The data folder \/.+\/file\/data cannot be written: ENOTDIR.+\. Let the user .+\(uid \d+\) write there, or set HEADWATER_DATA_DIR to /,
    ),
  });
});

it('a folder below it that cannot be used is found before anything is entered, and one that is well is not', async () => {
  mkdirSync(join(folder, 'broadcasts'));
  (await holdDataFolder(folder, 0))();
  writeFileSync(join(folder, 'spool'), '');
  await expect(holdDataFolder(folder, 0)).rejects.toMatchObject({
    code: 'data_not_writable',
    message: expect.stringMatching(/ENOTDIR.+spool/),
  });
  expect(holds()).toEqual([]);
});
