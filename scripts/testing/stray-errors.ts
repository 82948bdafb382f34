import { writeFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

/** Names the file that is written when something failed outside of all tests, which vitest's own JSON does not tell. */
export const strayErrorsVariable = 'HEADWATER_STRAY_ERRORS';

/** A reporter of vitest. */
export default class StrayErrors implements Reporter {
  onTestRunEnd(_modules: unknown, errors: readonly unknown[]): void {
    const path = process.env[strayErrorsVariable];
    if (path && errors.length > 0) writeFileSync(path, `${errors.length}\n`);
  }
}
