import { z } from 'zod';
import { packagerLimits } from '#shared/limits/packager.ts';
import { storeLimits } from '#shared/limits/store.ts';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { codecOf, extraEncoderNames, h264EncoderNames } from './encoder-names.ts';

/** What is said of a setting beside its type and default: settings.ts makes a list of it. */
export interface SettingNotes {
  /** Variable of the environment that sets it; a setting without one is set in the file only. */
  readonly variable?: string;
  /** One sentence without its stop. */
  readonly description: string;
  /** A value that works, as the variable holds it. */
  readonly example?: string;
  /** Never shown, and not written into any example. */
  readonly secret?: true;
  /** Word for null in the variable. */
  readonly nullWord?: string;
}

/** A setting without a default must be there where its section is; one that is optional is not set unless it is given. */
const noted = <S extends z.ZodType>(schema: S, notes: SettingNotes): S => schema.meta({ ...notes });

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

const rtmp = z.object({
  bind: noted(z.string().default('0.0.0.0'), {
    variable: 'HEADWATER_RTMP_BIND',
    description: 'address on which encoders are listened for',
  }),
  port: noted(port.default(1935), { variable: 'HEADWATER_RTMP_PORT', description: 'port for encoders; 0: a free one' }),
});

const rtmps = z.object({
  port: noted(port.default(1936), { variable: 'HEADWATER_RTMPS_PORT', description: 'port for RTMP over TLS' }),
  certPath: noted(z.string().min(1), {
    variable: 'HEADWATER_RTMPS_CERT',
    description: 'PEM file with the certificate and its chain, read again when it changes; RTMPS is on with it',
    example: '/etc/headwater/tls.crt',
  }),
  keyPath: noted(z.string().min(1), {
    variable: 'HEADWATER_RTMPS_KEY',
    description: "PEM file with the certificate's key",
    example: '/etc/headwater/tls.key',
  }),
});

const place = z.object({
  name: noted(z.string().min(1).max(64), {
    variable: 'HEADWATER_PLACE_NAME',
    description: 'name of the place where this origin stands, for the public list',
    example: 'Frankfurt',
  }),
  latitude: noted(z.number().min(-90).max(90), {
    variable: 'HEADWATER_PLACE_LATITUDE',
    description: 'degrees north: streamers are sent to a near origin',
    example: '50.11',
  }),
  longitude: noted(z.number().min(-180).max(180), {
    variable: 'HEADWATER_PLACE_LONGITUDE',
    description: 'degrees east',
    example: '8.68',
  }),
});

const http = z.object({
  bind: noted(z.string().default('127.0.0.1'), {
    variable: 'HEADWATER_HTTP_BIND',
    description: 'address on which PoPs are listened for',
  }),
  port: noted(port.default(8080), { variable: 'HEADWATER_HTTP_PORT', description: 'port for PoPs; 0: a free one' }),
  publicUrl: noted(z.url().optional(), {
    variable: 'HEADWATER_PUBLIC_URL',
    description: "base URL at which PoPs reach this origin's HTTP port; that of loopback when not set",
    example: 'https://origin-1.example.com',
  }),
});

const kind = <const K extends string>(name: K) =>
  noted(z.literal(name), {
    variable: 'HEADWATER_BUCKET_KIND',
    description: "where media stays: the deployment's own bucket, one with the S3 API, or nowhere",
  });

const s3Fields = z.object({
  kind: kind('s3'),
  bucket: noted(z.string().min(1), {
    variable: 'HEADWATER_S3_BUCKET',
    description: 'name of the bucket',
    example: 'media',
  }),
  region: noted(z.string().min(1).default('auto'), {
    variable: 'HEADWATER_S3_REGION',
    description: "the bucket's region; auto is right for R2",
  }),
  endpoint: noted(z.url({ protocol: /^https?$/ }).optional(), {
    variable: 'HEADWATER_S3_ENDPOINT',
    description: 'base URL of the server, where it is not of AWS',
    example: 'https://minio.example.com',
  }),
  forcePathStyle: noted(z.boolean().default(false), {
    variable: 'HEADWATER_S3_PATH_STYLE',
    description: "the bucket's name is in the path, as MinIO and others want it",
  }),
  accessKeyId: noted(z.string().min(1).optional(), {
    variable: 'HEADWATER_S3_ACCESS_KEY_ID',
    description: 'access key that may put, get, list and delete in the bucket; not needed with a file',
    secret: true,
  }),
  secretAccessKey: noted(z.string().min(1).optional(), {
    variable: 'HEADWATER_S3_SECRET_ACCESS_KEY',
    description: 'the secret that belongs to it',
    secret: true,
  }),
  credentialsPath: noted(z.string().min(1).optional(), {
    variable: 'HEADWATER_S3_CREDENTIALS_FILE',
    description: 'file with both, as the AWS tools have it, which wins; keys that are replaced in it are used at once',
    example: '/etc/headwater/s3-credentials',
  }),
});

const s3 = s3Fields.superRefine((given, { addIssue }) => {
  if (given.credentialsPath !== undefined) return;
  for (const name of ['accessKeyId', 'secretAccessKey'] as const) {
    if (given[name] === undefined) addIssue({ code: 'custom', path: [name], message: 'it is missing' });
  }
});

/** Which bucket media goes to. */
export const bucketSchema = z
  .discriminatedUnion('kind', [z.object({ kind: kind('worker') }), s3, z.object({ kind: kind('none') })])
  .default({ kind: 'worker' });

const ladder = z.object({
  passthrough: noted(z.boolean().default(true), {
    variable: 'HEADWATER_LADDER_PASSTHROUGH',
    description: "the source's own picture is the top rung where it is fit",
  }),
  heights: noted(z.array(z.int().min(64).max(4320)).nullable().default(null), {
    variable: 'HEADWATER_LADDER_HEIGHTS',
    description: 'heights of the encoded rungs; those that fit the source when not set',
    example: '1080,720,480',
  }),
  encodeRungsMax: noted(z.int().min(0).max(8).default(3), {
    variable: 'HEADWATER_LADDER_RUNGS_MAX',
    description: 'encoded rungs of one broadcast at most',
  }),
  encoder: noted(encoderName(h264EncoderNames).default('libx264'), {
    variable: 'HEADWATER_LADDER_ENCODER',
    description: 'H.264 encoder of the ordinary rungs',
  }),
  extraRungs: noted(
    z
      .array(z.object({ encoder: encoderName(extraEncoderNames), height: z.int().min(64).max(2160).multipleOf(2) }))
      .max(transcoderLimits.extraRungsMax)
      .refine(eachOnce, 'two rungs have the same codec and the same height')
      .default([]),
    { description: 'rungs in other codecs, the most important first: {"encoder", "height"}; heights are short sides' },
  ),
  opus: noted(z.boolean().default(false), {
    variable: 'HEADWATER_LADDER_OPUS',
    description: 'Opus beside AAC, offered in DASH',
  }),
});

/** The origin's configuration: each setting with its name, type, default and description, in the order of documents. */
export const fields = z.object({
  originId: noted(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'lower-case letters, digits, - and _, at most 63'), {
    variable: 'HEADWATER_ORIGIN_ID',
    description: 'name of this origin, unique in the deployment',
    example: 'origin-1',
  }),
  controlUrl: noted(z.url({ protocol: /^https?$/ }), {
    variable: 'HEADWATER_CONTROL_URL',
    description: 'base URL of the control plane: any PoP',
    example: 'https://headwater.example.workers.dev',
  }),
  joinToken: noted(
    z
      .string()
      .regex(/^jt_[0-9a-z]{20}_[0-9a-z]{32}$/, 'must be a join token as it was told: jt_…')
      .optional(),
    {
      variable: 'HEADWATER_JOIN_TOKEN',
      description:
        'what this origin joins the deployment with at its first start, for a key of its own that it keeps; another one is asked about once',
      secret: true,
    },
  ),
  wireKeys: noted(z.string().regex(wireKeyPattern, 'each key is <kid>:<secret of at least 32 characters>').optional(), {
    variable: 'HEADWATER_WIRE_KEYS',
    description:
      "instead of a join token, the same text as the Worker's secret WIRE_KEYS: <kid>:<secret>, several separated by a space; the first signs, all verify",
    secret: true,
  }),
  http: http.prefault({}),
  rtmp: rtmp.prefault({}),
  rtmps: rtmps.optional(),
  ingestHost: noted(
    z
      .string()
      .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])$/, 'must be a host name or an address')
      .optional(),
    {
      variable: 'HEADWATER_INGEST_HOST',
      description: 'host that encoders reach this origin at; in the public list of ingest endpoints with it',
      example: 'fra.live.example.com',
    },
  ),
  place: place.optional(),
  region: noted(z.string().min(1).max(64).optional(), {
    variable: 'HEADWATER_REGION',
    description: 'where this origin stands, for the list of origins: any words of yours',
    example: 'eu-central',
  }),
  dataDir: noted(z.string().default('.headwater/origin'), {
    variable: 'HEADWATER_DATA_DIR',
    description: 'folder for what the origin keeps between starts',
  }),
  spoolBytesMax: noted(z.int().min(0).default(storeLimits.spoolBytesMaxDefault), {
    variable: 'HEADWATER_SPOOL_BYTES_MAX',
    description: 'room for the media of running broadcasts in that folder, bytes',
  }),
  dvrWindowS: noted(z.int().min(30).nullable().default(packagerLimits.dvrWindowSDefault), {
    variable: 'HEADWATER_DVR_WINDOW_S',
    description: 'how far back viewers of a live broadcast can go, seconds; all (null in the file): to its beginning',
    nullWord: 'all',
  }),
  bucket: bucketSchema,
  liveParts: noted(z.enum(['on', 'off']).default('off'), {
    variable: 'HEADWATER_LIVE_PARTS',
    description: 'parts of the live edge lie in the bucket too while playlists name them',
  }),
  ladder: ladder.prefault({}),
  slateImage: noted(z.string().min(1).nullable().default(null), {
    variable: 'HEADWATER_SLATE_IMAGE',
    description:
      'PNG or JPEG that is shown while a publisher is gone, where the channel wants that; the built-in one when not set',
    example: '/etc/headwater/slate.png',
  }),
  ffmpegPath: noted(z.string().default('ffmpeg'), {
    variable: 'FFMPEG_PATH',
    description: 'ffmpeg 5.1 or newer',
  }),
  logLevel: noted(z.enum(['debug', 'info', 'warn', 'error']).default('info'), {
    variable: 'HEADWATER_LOG_LEVEL',
    description: 'the least that is logged',
  }),
});

/** The whole: settings that depend on each other are looked at together. */
export const configSchema = fields.refine(({ bucket, liveParts }) => liveParts === 'off' || bucket.kind !== 'none', {
  path: ['liveParts'],
  message: 'there is no bucket that they could lie in',
});

export type Config = z.infer<typeof configSchema>;
