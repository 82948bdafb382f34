import { readFileSync } from 'node:fs';

/** USER_HZ: what Linux counts in for user space, on every architecture that Node runs on. */
const ticksPerSecond = 100;

/**
 * CPU time that a process has used so far, its threads together, its children not, ms; null where the system does not
 * tell (it has no /proc), or the process is gone (proc_pid_stat(5), utime and stime).
 */
export function cpuTimeMs(pid: number): number | null {
  try {
    return parseCpuTimeMs(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/** The same of the text of `/proc/<pid>/stat`: the name in brackets may hold spaces and brackets itself. */
export function parseCpuTimeMs(stat: string): number | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? (1_000 * ticks) / ticksPerSecond : null;
}
