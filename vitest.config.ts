import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests below these folders start ffmpeg, workerd, Chromium or an origin: one file at a time, with patience. */
export const processFolders = [
  'broadcast',
  'cli/binary',
  'edge',
  'faults',
  'flow',
  'http',
  'ingest',
  'local',
  'scripts',
  'transcoder',
  'web',
] as const;

const processTests = processFolders.map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: processTests,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'process',
          include: processTests,
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
