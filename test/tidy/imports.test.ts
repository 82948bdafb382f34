import { expect, it } from 'vitest';
import { doorBreaks, forbiddenImports, importCycles, sharedUsers } from './import-rules.ts';
import { importsOf } from './imports.ts';
import { readRepository } from './repository.ts';

const files = readRepository();

/** Where each package that carries a whole subject may be imported. */
const doors: Readonly<Record<string, RegExp>> = {
  'node-media-server': /^origin\/ingest\//,
  'fluent-ffmpeg': /^origin\/transcoder\//,
  '@aws-sdk/client-s3': /^origin\/store\//,
  'hls.js': /^(?:web|test)\//,
  dashjs: /^(?:web|test)\//,
  commander: /^(?:cli|test)\//,
  '@clack/prompts': /^cli\/init\//,
  'media-chrome': /^web\//,
  'shaka-player': /^test\//,
  'playwright-core': /^(?:test|bench)\//,
  miniflare: /^(?:scripts|test)\//,
};

function file(path: string, text: string) {
  return { path, text };
}

it('reads every form of import', () => {
  const text = [
    "import { a } from './a.ts';",
    "import {\n  b,\n  type C,\n} from '#shared/b.ts';",
    "import type { D } from 'd/deep';",
    "import './e.ts';",
    "export { f } from '../f.ts';",
    "const g = await import('g');",
    "// import { no } from 'no';",
    "/** import { no } from 'no2'; */",
    "const text = 'import';",
  ].join('\n');
  const found = importsOf(file('origin/http/x.ts', text)).map(({ to, typeOnly }) => `${to}${typeOnly ? ' type' : ''}`);
  expect(found).toEqual(['origin/http/a.ts', 'shared/b.ts', 'd/deep type', 'origin/http/e.ts', 'origin/f.ts', 'g']);
});

it('imports follow the table', () => {
  expect(forbiddenImports(files)).toEqual([]);
});

it.each([
  ['origin/packager/x.ts', '../transcoder/y.ts'],
  ['origin/http/x.ts', '../broadcast/y.ts'],
  ['origin/ingest/x.ts', 'fluent-ffmpeg'],
  ['workers/playback/x.ts', '../control/y.ts'],
  ['workers/manifest/x.ts', 'hono'],
  ['workers/shield/x.ts', 'node:crypto'],
  ['workers/x/y.ts', '../env.ts'],
  ['web/src/watch/x.ts', '#shared/wire/signature.ts'],
  ['web/src/watch/x.ts', '../../../origin/main.ts'],
  ['shared/hls/x.ts', '../dash/y.ts'],
  ['shared/model/x.ts', 'zod'],
  ['shared/limits/ingest.ts', '../model/id.ts'],
  ['origin/main.ts', '../scripts/x.ts'],
  ['conformance/hls/x.ts', '#shared/limits/ingest.ts'],
  ['conformance/rules/x.ts', '../../origin/packager/boxes.ts'],
  ['conformance/x.ts', 'hls-parser'],
  ['web/src/watch/x.ts', '../../../conformance/run.ts'],
  ['cli/commands/x.ts', '../../workers/control/channels.ts'],
  ['cli/commands/x.ts', '../../origin/config/config.ts'],
  ['cli/commands/x.ts', '../../scripts/local/stack.ts'],
  ['cli/commands/x.ts', '@clack/prompts'],
])('the table refuses that %s imports %s', (path, specifier) => {
  expect(forbiddenImports([file(path, `import { x } from '${specifier}';`)])).toHaveLength(1);
});

it('each dependency has one door', () => {
  expect(doorBreaks(files, doors)).toEqual([]);
  expect(doorBreaks([file('origin/http/x.ts', "import x from 'fluent-ffmpeg';")], doors)).toHaveLength(1);
});

it('no imports go in circles', () => {
  expect(importCycles(files)).toEqual([]);
});

it('finds a circle, but not one of types', () => {
  const back = file('shared/b.ts', "import { a } from './a.ts';");
  expect(importCycles([file('shared/a.ts', "import { b } from './b.ts';"), back])).toEqual([
    'shared/a.ts → shared/b.ts → shared/a.ts',
  ]);
  expect(importCycles([file('shared/a.ts', "import type { B } from './b.ts';"), back])).toEqual([]);
});

it('what is shared is used by two sides', () => {
  // Limits stand together on purpose, so that each can be held against the others.
  const isTogether = (path: string) => path.startsWith('shared/limits/');
  const lonely = [...sharedUsers(files)]
    .filter(([path, users]) => users.size < 2 && !isTogether(path))
    .map(([path]) => path);
  expect(lonely).toEqual([]);
});

it('counts users through other shared files', () => {
  const users = sharedUsers([
    file('shared/hls/deep.ts', ''),
    file('shared/hls/top.ts', "import { a } from './deep.ts';"),
    file('origin/main.ts', "import { a } from '#shared/hls/top.ts';"),
    file('workers/main.ts', "import { a } from '#shared/hls/deep.ts';"),
  ]);
  expect([...(users.get('shared/hls/deep.ts') ?? [])].sort()).toEqual(['origin', 'workers']);
  expect([...(users.get('shared/hls/top.ts') ?? [])]).toEqual(['origin']);
});
