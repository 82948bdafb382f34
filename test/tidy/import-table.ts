/** What the files of one place may import. `own` is the place itself. */
export interface Place {
  readonly files: RegExp;
  /** Files of ours, beside the place's own. */
  readonly mayImport: readonly RegExp[];
  /** Packages and runtime modules. */
  readonly packages: readonly RegExp[];
}

const node = /^node:/;
const limits = /^shared\/limits\//;
const model = /^shared\/model\//;
const shared = /^shared\//;
const observe = /^origin\/observe\//;
const stages = /^origin\/(?:ingest|transcoder|packager|store)\//;
const env = /^workers\/env\.ts$/;
const bucket = /^workers\/bucket\//;
/** What may be a foreign source: decided when one is entered and each time one is asked. */
const foreignUrl = /^workers\/access\/foreign-url\.ts$/;

function stage(name: string, ...doors: RegExp[]): Place {
  return { files: new RegExp(`^origin/${name}/`), mayImport: [shared, observe], packages: [node, ...doors] };
}

function sharedPart(name: string): Place {
  return { files: new RegExp(`^shared/${name}/`), mayImport: [limits, model], packages: [] };
}

/** The import rules of docs/STYLE.md. A file of ours that no place covers is a finding. */
export const importTable: readonly Place[] = [
  { files: limits, mayImport: [], packages: [] },
  { files: model, mayImport: [limits], packages: [] },
  ...['api', 'hls', 'dash', 'route', 'token', 'wire'].map(sharedPart),

  stage('ingest', /^node-media-server(?:\/|$)/),
  stage('transcoder', /^fluent-ffmpeg$/),
  stage('packager'),
  stage('store', /^@aws-sdk\/client-s3$/),
  { files: /^origin\/http\//, mayImport: [shared, observe], packages: [node, /^ws$/] },
  { files: /^origin\/broadcast\//, mayImport: [shared, observe, stages], packages: [node] },
  { files: /^origin\/config\//, mayImport: [shared], packages: [node, /^zod$/] },
  { files: /^origin\/observe\//, mayImport: [shared], packages: [node, /^pino$/] },
  { files: /^origin\/import\//, mayImport: [shared, observe, stages, /^origin\/broadcast\//], packages: [node] },
  { files: /^origin\/(?:main|import|wire)\.ts$/, mayImport: [shared, /^origin\//], packages: [node] },

  { files: /^workers\/manifest\//, mayImport: [shared], packages: [] },
  { files: /^workers\/cache\/(?:policy|cache-key)\.ts$/, mayImport: [shared], packages: [] },
  { files: /^workers\/cache\//, mayImport: [shared], packages: [] },
  { files: /^workers\/token\//, mayImport: [shared], packages: [] },
  { files: bucket, mayImport: [shared, env], packages: [/^aws4fetch$/] },
  {
    files: /^workers\/access\/desk\//,
    mayImport: [shared, env, /^workers\/access\/ports\.ts$/],
    packages: [/^cloudflare:workers$/],
  },
  {
    files: /^workers\/access\//,
    mayImport: [shared, env, /^workers\/token\//, /^workers\/cache\/(?:byte-lru|single-flight)\.ts$/],
    packages: [/^jose$/, /^cborg$/],
  },
  {
    files: /^workers\/(?:playback|replay)\//,
    mayImport: [
      shared,
      env,
      bucket,
      /^workers\/(?:manifest|cache|access|token)\//,
      /^workers\/shield\/(?:client|region)\.ts$/,
    ],
    packages: [/^hono(?:\/|$)/, /^cloudflare:workers$/],
  },
  {
    files: /^workers\/shield\//,
    mayImport: [
      shared,
      env,
      bucket,
      foreignUrl,
      /^workers\/(?:cache|manifest)\//,
      /^workers\/control\/(?:directory|missing-segments|wire-keys)\.ts$/,
    ],
    packages: [/^cloudflare:workers$/],
  },
  { files: /^workers\/arbiter\//, mayImport: [shared, env], packages: [/^cloudflare:workers$/] },
  {
    files: /^workers\/control\//,
    mayImport: [
      shared,
      env,
      bucket,
      /^workers\/webhooks\/(?:poke|webhooks-api)\.ts$/,
      /^workers\/access\//,
      /^workers\/token\/network\.ts$/,
      /^workers\/cache\/counters\.ts$/,
      /^workers\/arbiter\/arbitration\.ts$/,
    ],
    packages: [/^hono(?:\/|$)/, /^zod(?:\/|$)/, /^@hono\/zod-openapi$/, /^fflate$/],
  },
  {
    files: /^workers\/webhooks\//,
    mayImport: [
      shared,
      env,
      /^workers\/access\/(?:access-keys|foreign-url|sealing)\.ts$/,
      /^workers\/control\/(?:calls|contract\/(?:access|operation)|new-id|respond|schemas|silent-origins)\.ts$/,
    ],
    packages: [/^@hono\/zod-openapi$/, /^standardwebhooks$/, /^cloudflare:workers$/],
  },
  {
    files: env,
    mayImport: [
      /^workers\/shield\/shield\.ts$/,
      /^workers\/access\/desk\//,
      /^workers\/webhooks\/courier\.ts$/,
      /^workers\/arbiter\/channel-arbiter\.ts$/,
    ],
    packages: [],
  },
  { files: /^workers\/main\.ts$/, mayImport: [shared, /^workers\//], packages: [/^hono$/] },

  {
    files: /^web\/src\/player\//,
    mayImport: [shared, /^web\/src\/page\//],
    packages: [/^hls\.js/, /^dashjs/, /^media-chrome/],
  },
  {
    files: /^web\/src\/(?:watch|replay|studio)\//,
    mayImport: [shared, /^web\/src\/(?:page|player)\//],
    packages: [/^media-chrome/],
  },
  { files: /^web\/src\/docs\//, mayImport: [], packages: [/^scalar-reference\?url$/] },
  { files: /^web\/src\//, mayImport: [shared, /^web\/src\/page\//], packages: [/^media-chrome/] },
  { files: /^web\/(?:build\/|vite\.config\.ts)/, mayImport: [/^web\/build\//], packages: [node, /^vite$/] },
  { files: /^web\/public\//, mayImport: [], packages: [] },

  // It judges any server, so it knows nothing of this one.
  { files: /^conformance\//, mayImport: [], packages: [node] },

  // The prompts are for the one command that asks; the CLI knows the API, never the Worker or the origin behind it.
  { files: /^cli\/headwater\.mjs$/, mayImport: [/^scripts\/setup\//], packages: [node] },
  { files: /^cli\/init\//, mayImport: [shared, /^cli\//], packages: [node, /^@clack\/prompts$/] },
  // What it tries is what the origin would do, with the origin's own settings.
  {
    files: /^cli\/doctor\/(?:s3|settings)\.ts$/,
    mayImport: [
      shared,
      /^cli\//,
      /^origin\/config\/(?:config|settings|wire-file)\.ts$/,
      /^origin\/store\/s3-store\.ts$/,
      /^origin\/store\/object-store\.ts$/,
    ],
    packages: [node],
  },
  {
    files: /^cli\/doctor\/s3-fault\.ts$/,
    mayImport: [shared, /^cli\//, /^origin\/store\/s3-store\.ts$/],
    packages: [node],
  },
  { files: /^cli\/webhook\//, mayImport: [shared, /^cli\//], packages: [node, /^standardwebhooks$/] },
  {
    files: /^cli\//,
    mayImport: [shared, /^scripts\/local\/(?:private-file|process-alive|run-file)\.ts$/],
    packages: [node, /^commander$/],
  },

  { files: /^(?:test|scripts|bench)\/|^vitest\.config\.ts$/, mayImport: [/./], packages: [/./] },
];

/** Signing tokens is the control plane's work: pages never hold the means. */
export const forbiddenPairs: readonly { readonly from: RegExp; readonly to: RegExp }[] = [
  { from: /^web\//, to: /^shared\/(?:token|wire)\// },
];
