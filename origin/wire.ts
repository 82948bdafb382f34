import { importWireKey, type WireKey } from '#shared/wire/signature.ts';
import { askToJoin, JoinError } from './broadcast/join.ts';
import { type Config, splitWireKeys } from './config/config.ts';
import { hashToken, type OwnKey, ownKeyOf, writeOwnKey } from './config/wire-file.ts';

type WireSettings = Pick<Config, 'originId' | 'controlUrl' | 'dataDir' | 'wireKeys' | 'joinToken'>;

/** What an origin signs with and knows PoPs by; the first signs. */
export interface Wire {
  readonly keys: readonly [WireKey, ...WireKey[]];
  /** It joined just now. */
  readonly hasJoined: boolean;
  /** Why the join token in its settings brought no other key, where it has one from before. Absent: nothing went wrong. */
  readonly joinFailure?: JoinError;
}

/**
 * The keys of an origin: the deployment's, where its settings have them; else the one that it keeps, or is given now for
 * its join token. A token that brings none takes none away. Throws ConfigError for one that has none of these, JoinError.
 */
export async function loadWire(config: WireSettings, version: string): Promise<Wire> {
  const { wireKeys } = config;
  if (wireKeys !== undefined) {
    const [first, ...others] = await Promise.all(
      splitWireKeys(wireKeys).map(({ kid, secret }) => importWireKey(kid, secret)),
    );
    return { keys: [first as WireKey, ...others], hasJoined: false };
  }
  const { kept, token } = ownKeyOf(config);
  if (token === null) return wireOf(kept, kept);
  try {
    return await wireOf(await join(config, kept, token, version), kept);
  } catch (error) {
    if (!kept || !(error instanceof JoinError)) throw error;
    return { ...(await wireOf(kept, kept)), joinFailure: error };
  }
}

async function wireOf({ kid, secret }: OwnKey, before: OwnKey | null): Promise<Wire> {
  return { keys: [await importWireKey(kid, secret)], hasJoined: kid !== before?.kid };
}

/** The key that a join token brings: another one, or that the kept one still holds. */
async function join(
  { originId, controlUrl, dataDir }: WireSettings,
  kept: OwnKey | null,
  token: string,
  version: string,
): Promise<OwnKey> {
  const answer = await askToJoin(controlUrl, { token, origin: originId, version, ...(kept && { kid: kept.kid }) });
  const secret = answer.secret ?? kept?.secret ?? '';
  const own = { origin: originId, kid: answer.kid, secret, tokenHash: hashToken(token) };
  writeOwnKey(dataDir, own);
  return own;
}
