import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect, it } from 'vitest';
import { settings } from '../../origin/config/settings.ts';
import { settingFiles, workerSettings } from '../../scripts/settings.ts';
import { readRepository } from './repository.ts';

it('what is written of the settings is what they are: node scripts/settings.ts', () => {
  for (const [path, text] of Object.entries(settingFiles())) expect(readFileSync(path, 'utf8'), path).toBe(text);
});

it('examples hold each variable once, and no secret', () => {
  const origin = readFileSync('deploy/origin.env.example', 'utf8');
  const worker = readFileSync('.dev.vars.example', 'utf8');
  const named = (text: string) => [...text.matchAll(/^(?:# )?([A-Z0-9_]+)=/gm)].map(([, name]) => name);
  expect(named(origin)).toEqual(settings.flatMap(({ variable }) => variable ?? []));
  expect(named(worker).sort()).toEqual(
    workerSettings()
      .map(({ name }) => name)
      .sort(),
  );
  const open = parseEnv(origin);
  expect(Object.keys(open).sort()).toEqual(['HEADWATER_CONTROL_URL', 'HEADWATER_ORIGIN_ID']);
  expect([...Object.values(open), ...Object.values(parseEnv(worker))].join('')).toBe('');
});

it('the Worker declares what it reads, each with a line, and reads what it declares', () => {
  const found = workerSettings();
  expect(found.length).toBeGreaterThan(15);
  expect(found.filter(({ description }) => !/^\S.+[^.]$/.test(description))).toEqual([]);
  expect(found.filter(({ secret }) => secret).map(({ name }) => name)).toContain('API_TOKEN');
  const code = readRepository().filter(({ path }) => path.startsWith('workers/') && path !== 'workers/env.ts');
  const unread = found.filter(({ name }) => !code.some(({ text }) => new RegExp(`\\b${name}\\b`).test(text)));
  expect(unread).toEqual([]);
  const names = new Set(found.map(({ name }) => name));
  const [, vars = ''] = /^# \[vars\]\n([\s\S]*?)\n\n/m.exec(readFileSync('wrangler.toml', 'utf8')) ?? [];
  const inToml = [...vars.matchAll(/^# ([A-Z0-9_]+) = |^# \[\[vars\.([A-Z0-9_]+)\]\]/gm)].map(
    ([, a, b]) => a ?? b ?? '',
  );
  expect(inToml.length).toBeGreaterThan(3);
  expect(inToml.filter((name) => !names.has(name))).toEqual([]);
});
