import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parseEnv } from 'node:util';
import { localWireKeys } from '../local-stack.ts';
import type { Shell } from '../shell.ts';

/** What the machine's own checks need to know of the origin that runs here, or will. */
export interface OriginSettings {
  readonly ffmpegPath: string;
  readonly dataDir: string;
  readonly rtmpPort: number;
  readonly httpPort: number;
  /** `<kid>:<secret>` pairs; null where none are known. */
  readonly wireKeys: string | null;
}

/** The variables of the environment, and those of a file as `headwater init` writes it; the environment wins. */
export function readVariables(shell: Shell, envFile: string): Readonly<Record<string, string | undefined>> {
  try {
    const path = isAbsolute(envFile) ? envFile : join(shell.cwd, envFile);
    return { ...parseEnv(readFileSync(path, 'utf8')), ...shell.env };
  } catch {
    return shell.env;
  }
}

/** The origin's settings by the names of origin/config. */
export function originSettings(
  variables: Readonly<Record<string, string | undefined>>,
  cwd: string,
  stackDir: string | null,
): OriginSettings {
  const dataDir = variables.HEADWATER_DATA_DIR ?? '.headwater/origin';
  return {
    ffmpegPath: variables.FFMPEG_PATH || 'ffmpeg',
    dataDir: isAbsolute(dataDir) ? dataDir : join(cwd, dataDir),
    rtmpPort: portOf(variables.HEADWATER_RTMP_PORT, 1935),
    httpPort: portOf(variables.HEADWATER_HTTP_PORT, 8080),
    wireKeys: variables.HEADWATER_WIRE_KEYS ?? (stackDir === null ? null : localWireKeys(stackDir)),
  };
}

function portOf(text: string | undefined, otherwise: number): number {
  const port = Number(text);
  return text !== undefined && Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : otherwise;
}
