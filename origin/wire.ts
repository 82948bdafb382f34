import { importWireKey, type WireKey } from '#shared/wire/signature.ts';
import { askToJoin } from './broadcast/join.ts';
import { type Config, splitWireKeys } from './config/config.ts';
import { hashToken, ownKeyOf, writeOwnKey } from './config/wire-file.ts';

type WireSettings = Pick<Config, 'originId' | 'controlUrl' | 'dataDir' | 'wireKeys' | 'joinToken'>;

/** What an origin signs with and knows PoPs by; the first signs. */
export interface Wire {
  readonly keys: readonly [WireKey, ...WireKey[]];
  /** It joined just now. */
  readonly hasJoined: boolean;
}

/**
 * The keys of an origin: the deployment's, where its settings have them; else the one that it keeps, or is given now for
 * its join token. Throws ConfigError for one that has none of these, JoinError.
 */
export async function loadWire(config: WireSettings, version: string): Promise<Wire> {
  const { originId, wireKeys } = config;
  if (wireKeys !== undefined) {
    const [first, ...others] = await Promise.all(
      splitWireKeys(wireKeys).map(({ kid, secret }) => importWireKey(kid, secret)),
    );
    return { keys: [first as WireKey, ...others], hasJoined: false };
  }
  const kept = ownKeyOf(config);
  if (typeof kept === 'object') return { keys: [await importWireKey(kept.kid, kept.secret)], hasJoined: false };
  const { kid, secret } = await askToJoin(config.controlUrl, { token: kept, origin: originId, version });
  writeOwnKey(config.dataDir, { origin: originId, kid, secret, tokenHash: hashToken(kept) });
  return { keys: [await importWireKey(kid, secret)], hasJoined: true };
}
