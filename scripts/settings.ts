import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Setting, settings } from '../origin/config/settings.ts';
import { neededSecrets } from './cloudflare/worker-secrets.ts';
import { paths } from './local/paths.ts';

const made = 'Made by `node scripts/settings.ts`; not to be changed by hand.';

/** A setting of the Worker, as workers/env.ts declares it. */
export interface WorkerSetting {
  readonly name: string;
  readonly secret: boolean;
  readonly required: boolean;
  readonly description: string;
}

/** Secrets and variables that the Worker reads; its bindings are none of them. */
export function workerSettings(): readonly WorkerSetting[] {
  const text = readFileSync(join(paths.root, 'workers/env.ts'), 'utf8');
  const [env = ''] = /export interface Env \{[\s\S]*?\n\}/.exec(text) ?? [];
  return [...env.matchAll(/(?:\/\*\* (.*) \*\/\n)?\s*readonly ([A-Z0-9_]+)(\??): (.+);/g)].flatMap(
    ([, words = '', name = '', optional, type = '']) => {
      if (!/\bstring\b/.test(type)) return [];
      const secret = words.startsWith('Secret: ');
      const description = words.replace('Secret: ', '').replace(/\.$/, '');
      return [{ name, secret, required: optional === '', description }];
    },
  );
}

/** Lines of a file of variables: what has to be filled in stands open, the rest behind a sign. */
function originExample(): string {
  const entries = settings.flatMap((setting) => {
    const { variable, description, choices, secret } = setting;
    if (variable === undefined) return [];
    const values = choices.length > 0 ? ` (${choices.join(', ')})` : '';
    const value = secret ? '' : (setting.default ?? setting.example ?? '');
    const line = `${variable}=${setting.required && !secret ? '' : value}`;
    return [`# ${sentence(description)}${values}\n${setting.required ? line : `# ${line}`}`];
  });
  const head = [
    '# Settings of an origin: docs/operate/settings.md. Keep the filled-in copy at mode 0600: it holds secrets.',
    '# What is behind a # is the default or an example. "headwater init" asks and writes the same.',
    `# ${made}`,
  ];
  return `${head.join('\n')}\n\n${entries.join('\n\n')}\n`;
}

function workerExample(): string {
  const all = workerSettings();
  const isOpen = ({ name, required }: WorkerSetting) => required || neededSecrets.some((one) => one === name);
  const lines = (secret: boolean) =>
    all
      .filter((one) => one.secret === secret)
      .map((one) => `# ${plain(one.description)}\n${isOpen(one) ? '' : '# '}${one.name}=`);
  const head = [
    '# Settings of the Worker for `wrangler dev`: copy it to .dev.vars and fill it in. Deployed, secrets are set with',
    '# `npx wrangler secret put <name>`, and the others stand in wrangler.toml below [vars].',
    `# ${made}`,
  ];
  return `${head.join('\n')}\n\n# Secrets\n\n${lines(true).join('\n')}\n\n# Variables\n\n${lines(false).join('\n')}\n`;
}

function page(): string {
  const origin = settings.map(
    (one) =>
      `| ${one.variable ? `\`${one.variable}\`` : '–'} | \`${one.field}\` | ${defaultWords(one)} | ${meaning(one)} |`,
  );
  const worker = (secret: boolean) =>
    workerSettings()
      .filter((one) => one.secret === secret)
      .map(({ name, description, required }) => `| \`${name}\` | ${required ? 'yes' : ''} | ${cell(description)} |`);
  return `# Settings

${made} The origin's are those of \`origin/config/schema.ts\`, by which it checks them at its start; the Worker's are those of \`workers/env.ts\`.

## Of an origin

A JSON file (\`node origin/main.ts --config origin.json\`), variables of the environment, or both: variables win, and an empty one is not set. A name with a point is a field in a section: \`{"rtmp": {"port": 1935}}\`. What is a switch is \`on\` or \`off\` in a variable, \`true\` or \`false\` in the file. \`headwater doctor\` says what an origin would say to them; \`deploy/origin.env.example\` lists the variables.

| variable | in the file | default | |
|---|---|---|---|
${origin.join('\n')}

## Of the Worker: secrets

\`npx wrangler secret put <name>\`; for \`wrangler dev\`, \`.dev.vars.example\` is to be copied to \`.dev.vars\`.

| name | needed | |
|---|---|---|
${worker(true).join('\n')}

## Of the Worker: variables

In \`wrangler.toml\` below \`[vars]\`.

| name | needed | |
|---|---|---|
${worker(false).join('\n')}
`;
}

function defaultWords(setting: Setting): string {
  if (setting.default !== null) return `\`${setting.default}\``;
  return setting.required ? 'needed' : '';
}

function meaning({ description, choices, secret, type }: Setting): string {
  const values = choices.length > 0 && type !== 'switch' ? `: ${choices.map((one) => `\`${one}\``).join(', ')}` : '';
  return `${secret ? 'secret: ' : ''}${cell(description)}${values}`;
}

/** Text in a table: what Markdown would take for a tag or a column, but for what stands between backquotes. */
function cell(text: string): string {
  const pieces = text.split('`').map((piece, at) => (at % 2 === 0 ? piece.replaceAll('<', '\\<') : piece));
  return pieces.join('`').replaceAll('|', '\\|');
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Without the marks of Markdown; a value at its beginning stays as it is. */
function plain(text: string): string {
  return text.startsWith('`') ? text.replaceAll('`', '') : sentence(text.replaceAll('`', ''));
}

/** The files that are made of the settings, by their paths. */
export function settingFiles(): Readonly<Record<string, string>> {
  return {
    'deploy/origin.env.example': originExample(),
    '.dev.vars.example': workerExample(),
    'docs/operate/settings.md': page(),
  };
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(settingFiles())) writeFileSync(join(paths.root, path), text);
}
