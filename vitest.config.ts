import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests below these folders start ffmpeg, workerd, Chromium or an origin: with patience. */
export const processFolders = [
  'edge',
  'broadcast',
  'cli/binary',
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
const patience = { testTimeout: 60_000, hookTimeout: 60_000 };

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
        // Workers alone, which wait for each other more than they work: two files at a time.
        test: {
          name: 'edge',
          include: processTests.slice(0, 1),
          maxWorkers: 2,
          ...patience,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Encoders and players in real time: one file at a time.
        test: {
          name: 'process',
          include: processTests.slice(1),
          maxWorkers: 1,
          // Where a file says that its tests mostly watch.
          maxConcurrency: 2,
          // Players and encoders in real time, on machines that others use too; the report says what took two.
          retry: 1,
          ...patience,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
