import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Config, ConfigError } from '../../origin/config/config.ts';
import { localWireKeys } from '../local-stack.ts';
import type { Shell } from '../shell.ts';
import { failed, ok, type Verdict } from './verdict.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** What the checks need to know of the origin that runs here, or will. */
export interface OriginSettings {
  /** Whether an origin is set up here at all. */
  readonly isOrigin: boolean;
  readonly ffmpegPath: string;
  readonly dataDir: string;
  readonly rtmpPort: number;
  /** Null: it takes no RTMPS. */
  readonly rtmpsPort: number | null;
  readonly httpPort: number;
  /** `<kid>:<secret>` pairs; null where none are known. */
  readonly wireKeys: string | null;
  /** It has a join token, and no key of an earlier start. */
  readonly isYetToJoin: boolean;
  /** Null where the configuration as a whole cannot be used. */
  readonly bucket: Config['bucket'] | null;
  /** What the origin would say to its configuration; null where none is set up. */
  readonly verdict: Verdict | null;
}

interface Where {
  readonly cwd: string;
  /** Data folder of the stack that runs here. */
  readonly stackDir: string | null;
  /** The origin's configuration file, where it has one. */
  readonly config: string | undefined;
  /** Names that the file of variables sets. */
  readonly fileNames: readonly string[];
}

/** The variables of the environment, and those of a file as `headwater init` writes it; the environment wins. */
export function readVariables(shell: Shell, envFile: string): Variables {
  return { ...readEnvFile(shell, envFile), ...shell.env };
}

/** What a file as `headwater init` writes it sets; nothing where there is none. */
export function readEnvFile(shell: Shell, envFile: string): Variables {
  try {
    return parseEnv(readFileSync(pathFrom(shell.cwd, envFile), 'utf8'));
  } catch {
    return {};
  }
}

/** The control plane that the settings name: its scheme, host and port; null where none, or none that is an address. */
export async function controlUrlOf(
  variables: Variables,
  { cwd, config }: Pick<Where, 'cwd' | 'config'>,
): Promise<string | null> {
  const { loadConfig } = await import('../../origin/config/config.ts');
  const named = () => {
    try {
      return loadConfig(config === undefined ? null : pathFrom(cwd, config), variables).controlUrl;
    } catch {
      // What is wrong with the others is told by the check of the settings.
      return variables.HEADWATER_CONTROL_URL ?? '';
    }
  };
  const url = URL.parse(named());
  return url && /^https?:$/.test(url.protocol) ? url.origin : null;
}

/** The origin's settings as the origin reads them; where it would refuse them, those that are right and else the defaults. */
export async function originSettings(
  variables: Variables,
  { cwd, stackDir, config, fileNames }: Where,
): Promise<OriginSettings> {
  // Loaded here: no other command needs what reads the settings.
  const { loadConfig } = await import('../../origin/config/config.ts');
  const isOrigin = config !== undefined || Boolean(variables.HEADWATER_ORIGIN_ID);
  const local = stackDir === null ? null : localWireKeys(stackDir);
  try {
    const found = loadConfig(config === undefined ? null : pathFrom(cwd, config), variables);
    const { dataDir } = partsOf(found, cwd);
    const wireKeys = found.wireKeys ?? (await ownWireKey({ ...found, dataDir }));
    const strange = await strangeNames(fileNames);
    const verdict = strange.length > 0 ? strangeVerdict(strange) : ok('settings', wordsOf(found));
    return {
      ...partsOf(found, cwd),
      wireKeys,
      isYetToJoin: wireKeys === null,
      isOrigin,
      bucket: found.bucket,
      verdict,
    };
  } catch (error) {
    const partial = await partialSettings(variables, cwd, local);
    return {
      ...partial,
      isYetToJoin: false,
      isOrigin,
      bucket: null,
      verdict: isOrigin ? faultVerdict(error as ConfigError) : null,
    };
  }
}

function partsOf({ ffmpegPath, dataDir, rtmp, rtmps, http }: Config, cwd: string) {
  const ports = { rtmpPort: rtmp.port, rtmpsPort: rtmps?.port ?? null, httpPort: http.port };
  return { ffmpegPath, dataDir: pathFrom(cwd, dataDir), ...ports };
}

/** What an origin got when it joined; null: it will join. Throws ConfigError as the origin does. */
async function ownWireKey(config: Config): Promise<string | null> {
  const { ownKeyOf } = await import('../../origin/config/wire-file.ts');
  const { kept } = ownKeyOf(config);
  return kept && `${kept.kid}:${kept.secret}`;
}

async function partialSettings(variables: Variables, cwd: string, wireKeys: string | null) {
  const { settingAt } = await import('../../origin/config/settings.ts');
  const text = (field: string) => {
    const setting = settingAt(field);
    return { given: variables[setting?.variable ?? ''], usual: setting?.default ?? '' };
  };
  const port = (field: string) => {
    const { given, usual } = text(field);
    return /^\d+$/.test(given ?? '') && Number(given) <= 65_535 ? Number(given) : Number(usual);
  };
  const word = (field: string) => text(field).given || text(field).usual;
  return {
    ffmpegPath: word('ffmpegPath'),
    dataDir: pathFrom(cwd, word('dataDir')),
    rtmpPort: port('rtmp.port'),
    rtmpsPort: variables.HEADWATER_RTMPS_CERT ? port('rtmps.port') : null,
    httpPort: port('http.port'),
    wireKeys: variables.HEADWATER_WIRE_KEYS || wireKeys,
  };
}

function faultVerdict({ message, faults = [] }: ConfigError): Verdict {
  const [first] = faults;
  if (!first) return failed('settings', message, 'docs/operate/settings.md lists the settings.');
  const words = faults.map((fault) => `${fault.variable ?? fault.field}: ${fault.message}`);
  const rest = faults.length > 1 ? ' docs/operate/settings.md lists the others.' : '';
  return failed('settings', `The origin would not start. ${words.join('; ')}`, `${first.fix}${rest}`);
}

/** Of the CLI itself, and of tests. */
const otherNames = /^HEADWATER_(?:URL|TOKEN|SETUP|TEST_\w+)$/;

/** Names that look like settings and are none: misspelled, they would be passed over. */
async function strangeNames(names: readonly string[]): Promise<readonly string[]> {
  const { settings } = await import('../../origin/config/settings.ts');
  const known = new Set(settings.map(({ variable }) => variable));
  return names.filter((name) => name.startsWith('HEADWATER_') && !known.has(name) && !otherNames.test(name));
}

function strangeVerdict(names: readonly string[]): Verdict {
  const fix = 'Correct the name, or take it out: docs/operate/settings.md lists the settings.';
  return failed('settings', `No settings of an origin: ${names.join(', ')}.`, fix);
}

function wordsOf({ originId, bucket }: Config): string {
  return `${originId}, media ${bucketWords(bucket)}`;
}

function bucketWords(bucket: Config['bucket']): string {
  if (bucket.kind === 's3') return `to the bucket ${bucket.bucket} with its own keys`;
  return bucket.kind === 'worker' ? "to the deployment's own bucket" : 'stays nowhere';
}

function pathFrom(cwd: string, path: string): string {
  return isAbsolute(path) ? path : join(cwd, path);
}
