import { readFileSync } from 'node:fs';
import { z } from 'zod';

const port = z.int().min(0).max(65_535);

const wireKeyPattern = /^[A-Za-z0-9_-]{1,32}:\S{32,}(?: [A-Za-z0-9_-]{1,32}:\S{32,})*$/;

const schema = z.object({
  /** Name of this origin, unique in the deployment. */
  originId: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/),
  /** Base URL of the control plane: any PoP. */
  controlUrl: z.url({ protocol: /^https?$/ }),
  /** `<kid>:<secret>`, several separated by a space; the first signs, all verify. */
  wireKeys: z.string().regex(wireKeyPattern, 'each key is <kid>:<secret of at least 32 characters>'),
  rtmp: z.object({ bind: z.string().default('0.0.0.0'), port: port.default(1935) }).prefault({}),
  http: z
    .object({ bind: z.string().default('127.0.0.1'), port: port.default(8080), publicUrl: z.url().optional() })
    .prefault({}),
  /** Folder for what the origin keeps between starts. */
  dataDir: z.string().default('.headwater/origin'),
  ffmpegPath: z.string().default('ffmpeg'),
  ladder: z
    .object({
      passthrough: z.boolean().default(true),
      heights: z.array(z.int().min(64).max(4320)).nullable().default(null),
      encodeRungsMax: z.int().min(0).max(8).default(3),
    })
    .prefault({}),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type Config = z.infer<typeof schema>;

/** The configuration cannot be used; the message names each field and what is wrong with it. */
export class ConfigError extends Error {
  readonly code = 'config_invalid';
}

/** Reads the configuration file (JSON); variables of the environment win over it. Throws ConfigError. */
export function loadConfig(path: string | null, environment: Readonly<Record<string, string | undefined>>): Config {
  const file = path === null ? {} : readJson(path);
  const parsed = schema.safeParse({ ...file, ...fromEnvironment(environment, file) });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(file)'}: ${issue.message}`);
  throw new ConfigError(`the origin's configuration is not valid:\n${faults.join('\n')}`);
}

function readJson(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new ConfigError(`the configuration file ${path} cannot be read as JSON`, { cause });
  }
}

/** Variables that a container sets instead of a file. */
function fromEnvironment(environment: Readonly<Record<string, string | undefined>>, file: Record<string, unknown>) {
  const { rtmp, http } = file as { rtmp?: object; http?: object };
  const given = (name: string) => environment[`HEADWATER_${name}`];
  return withoutUndefined({
    originId: given('ORIGIN_ID'),
    controlUrl: given('CONTROL_URL'),
    wireKeys: given('WIRE_KEYS'),
    dataDir: given('DATA_DIR'),
    ffmpegPath: environment.FFMPEG_PATH,
    logLevel: given('LOG_LEVEL'),
    rtmp: { ...rtmp, ...withoutUndefined({ bind: given('RTMP_BIND'), port: integer(given('RTMP_PORT')) }) },
    http: {
      ...http,
      ...withoutUndefined({
        bind: given('HTTP_BIND'),
        port: integer(given('HTTP_PORT')),
        publicUrl: given('PUBLIC_URL'),
      }),
    },
  });
}

function integer(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function withoutUndefined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Splits `<kid>:<secret>` pairs. */
export function splitWireKeys(text: string): { readonly kid: string; readonly secret: string }[] {
  return text.split(' ').map((pair) => {
    const at = pair.indexOf(':');
    return { kid: pair.slice(0, at), secret: pair.slice(at + 1) };
  });
}
