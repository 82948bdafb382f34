import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { bucketSchema, type Config, configSchema } from './schema.ts';
import { readText, type Setting, settingAt, settings } from './settings.ts';

export type { Config } from './schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with one setting, and the way out. */
export interface ConfigFault {
  /** Path in the configuration. */
  readonly field: string;
  /** Variable that sets it; null where only the file does. */
  readonly variable: string | null;
  readonly message: string;
  readonly fix: string;
}

/** The configuration cannot be used; the message names each setting, what is wrong with it and what to do. */
export class ConfigError extends Error {
  readonly code = 'config_invalid';
  readonly faults: readonly ConfigFault[];

  constructor(message: string, faults: readonly ConfigFault[] = [], options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.faults = faults;
  }
}

/** Reads the configuration file (JSON); variables of the environment win over it. Throws ConfigError. */
export function loadConfig(path: string | null, environment: Environment): Config {
  return checked(configSchema, withVariables(path === null ? {} : readJson(path), environment), []);
}

/** The section `bucket` alone, whatever the rest is like. Throws ConfigError. */
export function loadBucket(environment: Environment): Config['bucket'] {
  return checked(bucketSchema, withVariables({}, environment).bucket, ['bucket']);
}

function checked<S extends z.ZodType>(schema: S, input: unknown, section: readonly string[]): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => faultOf(issue, input, section));
  const lines = faults.map(({ field, variable, message, fix }) => {
    return `  ${field}${variable === null ? '' : ` (${variable})`}: ${message}\n    fix  ${fix}`;
  });
  throw new ConfigError(`the origin's configuration is not valid:\n${lines.join('\n')}`, faults);
}

function faultOf({ path, message }: z.core.$ZodIssue, input: unknown, section: readonly string[]): ConfigFault {
  const field = [...section, ...path].join('.') || '(file)';
  const setting = settingAt(field);
  const isMissing = path.length > 0 && at(input, path) === undefined;
  const variable = setting?.variable ?? null;
  return { field, variable, message: isMissing ? 'it is missing' : message, fix: fixOf(setting) };
}

function fixOf(setting: Setting | null): string {
  if (!setting) return 'Correct the file: docs/operate/settings.md lists the settings.';
  const { variable, example, choices, description } = setting;
  if (variable === undefined) return `Correct it in the file: ${description}.`;
  const value = choices.length > 0 ? choices.join(' or ') : (example ?? setting.default);
  return value === null ? `Set ${variable}: ${description}.` : `Set ${variable}, such as ${value}: ${description}.`;
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Record<PropertyKey, unknown> | undefined)?.[name], input);
}

function readJson(path: string): Fields {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Fields;
  } catch (cause) {
    throw new ConfigError(`the configuration file ${path} cannot be read as JSON`, [], { cause });
  }
}

/** What the file says, and over it the variables that a container sets instead; one that is empty is not set. */
function withVariables(file: Fields, environment: Environment): Fields {
  const all: Record<string, unknown> = { ...file };
  for (const setting of settings) {
    const text = setting.variable === undefined ? undefined : environment[setting.variable];
    if (text === undefined || text === '') continue;
    const value = readText(setting, text);
    const [section = '', name] = setting.field.split('.');
    all[section] = name === undefined ? value : { ...(all[section] as object), [name]: value };
  }
  return all;
}

/** Splits `<kid>:<secret>` pairs. */
export function splitWireKeys(text: string): { readonly kid: string; readonly secret: string }[] {
  return text.split(' ').map((pair) => {
    const colon = pair.indexOf(':');
    return { kid: pair.slice(0, colon), secret: pair.slice(colon + 1) };
  });
}
