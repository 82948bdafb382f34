import { readFileSync } from 'node:fs';

/**
 * Clock ticks since the machine booted at which a process began (proc_pid_stat(5), field 22); null where that is not told, and
 * for one that is over and only waits for its parent to notice.
 */
export function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program stands in brackets, and may hold any character.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return /^[ZXx]/.test(fields[0] ?? '') ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** Whether a process of this number is there and began then; where no start is known, the number alone decides. */
export function isSameProcess(pid: number, started: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return started === null || started === startOf(pid);
}
