import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Places in the repository that the scripts share. */
export const paths = Object.freeze({
  root,
  /** Built pages. */
  webBundle: join(root, 'dist/web'),
  /** Built Worker, as it is deployed. */
  workerBundle: join(root, 'dist/worker'),
  bin: join(root, 'node_modules/.bin'),
});
