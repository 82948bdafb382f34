import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const needed = ['API_TOKEN', 'WIRE_KEYS', 'ACCESS_KEYS'] as const;

/**
 * Secrets that a deployment needs and does not have.
 * @param listed what `wrangler secret list --format json` printed; null when it failed, as for a Worker that is not there yet
 */
export function missingSecrets(listed: string | null): readonly string[] {
  const found = listed === null ? [] : (JSON.parse(listed) as readonly { readonly name: string }[]);
  return needed.filter((name) => !found.some((secret) => secret.name === name));
}

/** The code that a process ends with; null when it was ended by a signal. */
export async function exitCode(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}
