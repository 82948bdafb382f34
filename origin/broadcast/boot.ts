import { readFileSync } from 'node:fs';

/** What the kernel calls this boot of the machine, the same in all of its containers; null where it does not say. */
export function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || null;
  } catch {
    return null; // not Linux
  }
}
