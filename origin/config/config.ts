import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { packagerLimits, storeLimits, transcoderLimits } from '#shared/limits.ts';
import { codecOf, extraEncoderNames, h264EncoderNames } from './encoder-names.ts';

const port = z.int().min(0).max(65_535);

const wireKeyPattern = /^[A-Za-z0-9_-]{1,32}:\S{32,}(?: [A-Za-z0-9_-]{1,32}:\S{32,})*$/;

/** Says which one is not known and which are. */
const encoderName = <const N extends readonly [string, ...string[]]>(names: N) =>
  z.enum(names, {
    error: ({ input }) => `${JSON.stringify(input)} is no encoder for this; use one of ${names.join(', ')}`,
  });

/** Codec and height make a rung's name. */
function eachOnce(rungs: readonly { encoder: (typeof extraEncoderNames)[number]; height: number }[]): boolean {
  return new Set(rungs.map(({ encoder, height }) => `${codecOf(encoder)} ${height}`)).size === rungs.length;
}

const fields = z.object({
  /** Name of this origin, unique in the deployment. */
  originId: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/),
  /** Base URL of the control plane: any PoP. */
  controlUrl: z.url({ protocol: /^https?$/ }),
  /** `<kid>:<secret>`, several separated by a space; the first signs, all verify. */
  wireKeys: z.string().regex(wireKeyPattern, 'each key is <kid>:<secret of at least 32 characters>'),
  rtmp: z.object({ bind: z.string().default('0.0.0.0'), port: port.default(1935) }).prefault({}),
  /** RTMP over TLS beside it; the files are read again when they change. */
  rtmps: z.object({ port: port.default(1936), certPath: z.string().min(1), keyPath: z.string().min(1) }).optional(),
  /** For the public directory of ingest endpoints: host that encoders reach this origin at; not listed without. */
  ingestHost: z
    .string()
    .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])$/, 'must be a host name or an address')
    .optional(),
  /** Where this origin stands: streamers are sent to a near one. */
  place: z
    .object({
      name: z.string().min(1).max(64),
      latitude: z.coerce.number().min(-90).max(90),
      longitude: z.coerce.number().min(-180).max(180),
    })
    .optional(),
  http: z
    .object({ bind: z.string().default('127.0.0.1'), port: port.default(8080), publicUrl: z.url().optional() })
    .prefault({}),
  /** Folder for what the origin keeps between starts. */
  dataDir: z.string().default('.headwater/origin'),
  /** How far back viewers of a live broadcast can go, seconds; null: to its beginning. */
  dvrWindowS: z.int().min(30).nullable().default(packagerLimits.dvrWindowSDefault),
  /** Room for the media of running broadcasts in the data folder, bytes. */
  spoolBytesMax: z.int().min(0).default(storeLimits.spoolBytesMaxDefault),
  /** Where the media of broadcasts stays: the deployment's own bucket, one with the S3 API, or nowhere. */
  bucket: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('worker') }),
      z.object({
        kind: z.literal('s3'),
        bucket: z.string().min(1),
        region: z.string().min(1).default('auto'),
        endpoint: z.url({ protocol: /^https?$/ }).optional(),
        forcePathStyle: z.boolean().default(false),
        accessKeyId: z.string().min(1),
        secretAccessKey: z.string().min(1),
      }),
      z.object({ kind: z.literal('none') }),
    ])
    .default({ kind: 'worker' }),
  /** `on`: parts of the live edge lie in the bucket too while playlists name them. */
  liveParts: z.enum(['on', 'off']).default('off'),
  ffmpegPath: z.string().default('ffmpeg'),
  /** PNG or JPEG file that is shown while a publisher is gone, where the channel wants that; null: the built-in one. */
  slateImage: z.string().min(1).nullable().default(null),
  ladder: z
    .object({
      passthrough: z.boolean().default(true),
      heights: z.array(z.int().min(64).max(4320)).nullable().default(null),
      encodeRungsMax: z.int().min(0).max(8).default(3),
      /** Encoder of the ordinary rungs, H.264. */
      encoder: encoderName(h264EncoderNames).default('libx264'),
      /** Rungs in other codecs beside the ordinary ones, the most important first; heights are short sides. */
      extraRungs: z
        .array(z.object({ encoder: encoderName(extraEncoderNames), height: z.int().min(64).max(2160).multipleOf(2) }))
        .max(transcoderLimits.extraRungsMax)
        .refine(eachOnce, 'two rungs have the same codec and the same height')
        .default([]),
      /** Opus beside AAC, offered in DASH. */
      opus: z.boolean().default(false),
    })
    .prefault({}),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

const schema = fields.refine(({ bucket, liveParts }) => liveParts === 'off' || bucket.kind !== 'none', {
  path: ['liveParts'],
  message: 'there is no bucket that they could lie in',
});

export type Config = z.infer<typeof schema>;

/** The configuration cannot be used; the message names each field and what is wrong with it. */
export class ConfigError extends Error {
  readonly code = 'config_invalid';
}

/** The variable of the environment that sets a field, by the field's path. */
export const variables: Readonly<Record<string, string>> = {
  originId: 'HEADWATER_ORIGIN_ID',
  controlUrl: 'HEADWATER_CONTROL_URL',
  wireKeys: 'HEADWATER_WIRE_KEYS',
  dataDir: 'HEADWATER_DATA_DIR',
  logLevel: 'HEADWATER_LOG_LEVEL',
  ffmpegPath: 'FFMPEG_PATH',
  slateImage: 'HEADWATER_SLATE_IMAGE',
  'rtmp.bind': 'HEADWATER_RTMP_BIND',
  'rtmp.port': 'HEADWATER_RTMP_PORT',
  'rtmps.port': 'HEADWATER_RTMPS_PORT',
  'rtmps.certPath': 'HEADWATER_RTMPS_CERT',
  'rtmps.keyPath': 'HEADWATER_RTMPS_KEY',
  ingestHost: 'HEADWATER_INGEST_HOST',
  'place.name': 'HEADWATER_PLACE_NAME',
  'place.latitude': 'HEADWATER_PLACE_LATITUDE',
  'place.longitude': 'HEADWATER_PLACE_LONGITUDE',
  'http.bind': 'HEADWATER_HTTP_BIND',
  'http.port': 'HEADWATER_HTTP_PORT',
  'http.publicUrl': 'HEADWATER_PUBLIC_URL',
  liveParts: 'HEADWATER_LIVE_PARTS',
  'bucket.kind': 'HEADWATER_BUCKET_KIND',
  'bucket.bucket': 'HEADWATER_S3_BUCKET',
  'bucket.region': 'HEADWATER_S3_REGION',
  'bucket.endpoint': 'HEADWATER_S3_ENDPOINT',
  'bucket.forcePathStyle': 'HEADWATER_S3_PATH_STYLE',
  'bucket.accessKeyId': 'HEADWATER_S3_ACCESS_KEY_ID',
  'bucket.secretAccessKey': 'HEADWATER_S3_SECRET_ACCESS_KEY',
};

/** Reads the configuration file (JSON); variables of the environment win over it. Throws ConfigError. */
export function loadConfig(path: string | null, environment: Readonly<Record<string, string | undefined>>): Config {
  const file = path === null ? {} : readJson(path);
  const parsed = schema.safeParse({ ...file, ...fromEnvironment(environment, file) });
  if (parsed.success) return parsed.data;
  throw new ConfigError(faultsOf(parsed.error));
}

function faultsOf({ issues }: z.ZodError, ...section: readonly string[]): string {
  const faults = issues.map((issue) => {
    const field = [...section, ...issue.path].join('.') || '(file)';
    const variable = variables[field];
    return `  ${field}${variable ? ` (${variable})` : ''}: ${issue.message}`;
  });
  return `the origin's configuration is not valid:\n${faults.join('\n')}`;
}

/** The section `bucket` alone, whatever the rest is like. Throws ConfigError. */
export function loadBucket(environment: Readonly<Record<string, string | undefined>>): Config['bucket'] {
  const parsed = fields.shape.bucket.safeParse(fromEnvironment(environment, {}).bucket);
  if (parsed.success) return parsed.data;
  throw new ConfigError(faultsOf(parsed.error, 'bucket'));
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
  const fields: Record<string, unknown> = {};
  for (const [field, variable] of Object.entries(variables)) {
    const text = environment[variable];
    if (text === undefined) continue;
    const [section, name] = field.split('.') as [string, string?];
    if (name === undefined) fields[section] = text;
    else {
      fields[section] = { ...(file[section] as object), ...(fields[section] as object), [name]: readValue(name, text) };
    }
  }
  return fields;
}

function readValue(name: string, text: string): unknown {
  if (name === 'port') return Number(text);
  // What is neither stays as it is, and is refused.
  return name === 'forcePathStyle' ? ({ on: true, off: false }[text] ?? text) : text;
}

/** Splits `<kid>:<secret>` pairs. */
export function splitWireKeys(text: string): { readonly kid: string; readonly secret: string }[] {
  return text.split(' ').map((pair) => {
    const at = pair.indexOf(':');
    return { kid: pair.slice(0, at), secret: pair.slice(at + 1) };
  });
}
