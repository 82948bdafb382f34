import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { formatId } from '#shared/model/id.ts';
import { readIfThere, writePrivateFile } from './private-file.ts';
import { StartError } from './start-error.ts';

/** What a local stack keeps to itself, made on its first start. */
export interface Secrets {
  readonly originId: string;
  /** `<kid>:<secret>` */
  readonly wireKeys: string;
  /** `<kid>:<secret>` for sessions and for sealing signing keys. */
  readonly accessKeys: string;
  readonly apiToken: string;
  readonly demo: DemoKey | null;
}

/** The stream key of the demo channel: the control plane stores only its hash. */
export interface DemoKey {
  readonly channel: string;
  readonly keyId: string;
  readonly streamKey: string;
}

const secretBytes = 32;

/** Reads the secrets of a data folder, or makes them. Throws `secrets_unreadable`. */
export function loadSecrets(dataDir: string): Secrets {
  const stored = readIfThere(pathOf(dataDir));
  if (stored !== null) return parse(dataDir, stored);
  const fresh: Secrets = {
    originId: formatId('o', Date.now(), randomBytes(16)),
    wireKeys: `local1:${randomBytes(secretBytes).toString('hex')}`,
    accessKeys: newAccessKeys(),
    apiToken: `hw_${randomBytes(secretBytes).toString('hex')}`,
    demo: null,
  };
  saveSecrets(dataDir, fresh);
  return fresh;
}

/** Stores the secrets with mode 0600. */
export function saveSecrets(dataDir: string, secrets: Secrets): void {
  writePrivateFile(pathOf(dataDir), `${JSON.stringify(secrets, null, 2)}\n`);
}

function parse(dataDir: string, text: string): Secrets {
  let found: Partial<Secrets> | null;
  try {
    found = JSON.parse(text) as Partial<Secrets> | null;
  } catch {
    found = null;
  }
  const { originId, wireKeys, accessKeys, apiToken, demo = null } = found ?? {};
  if (originId && wireKeys && apiToken) {
    const secrets = { originId, wireKeys, accessKeys: accessKeys ?? newAccessKeys(), apiToken, demo };
    // A folder of an earlier version has none yet.
    if (!accessKeys) saveSecrets(dataDir, secrets);
    return secrets;
  }
  throw new StartError(
    'secrets_unreadable',
    `${pathOf(dataDir)} is damaged.`,
    'Remove it: new secrets are made at the next start, and encoders need the new stream key.',
  );
}

function newAccessKeys(): string {
  return `access1:${randomBytes(secretBytes).toString('hex')}`;
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'secrets.json');
}
