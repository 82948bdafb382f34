import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SetupError, say } from './console.mjs';

const pollMs = 500;
const waitMsMax = 20 * 60_000;

/** Runs `work` while no other set-up of this clone runs; a lock whose owner is gone is taken over. */
export async function withLock(root, work) {
  const folder = join(root, '.cache', 'setup.lock');
  const owner = join(folder, 'pid');
  mkdirSync(join(root, '.cache'), { recursive: true });
  const giveUpAt = Date.now() + waitMsMax;
  let told = false;
  while (!take(folder, owner)) {
    if (Date.now() > giveUpAt) {
      throw new SetupError('Another set-up of this folder does not finish.', `If none is running, remove ${folder}`);
    }
    if (!told) say.step('waiting for another set-up of this folder to finish');
    told = true;
    await pause(pollMs);
  }
  try {
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function take(folder, owner) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (ownerLives(owner)) return false;
    rmSync(folder, { recursive: true, force: true });
    return false;
  }
  writeFileSync(owner, String(process.pid));
  return true;
}

function ownerLives(owner) {
  let pid;
  try {
    pid = Number(readFileSync(owner, 'utf8'));
  } catch (error) {
    // The owner made the folder a moment ago and has not signed it yet: look again at the next poll.
    if (error.code === 'ENOENT') return true;
    throw error;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
