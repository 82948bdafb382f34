import type { Env } from '../env.ts';
import type { Rates } from './ports.ts';

type RateEnv = Pick<Env, 'SESSION_RATE' | 'TOKEN_RATE' | 'REFUSED_RATE'>;
type ApiRateEnv = Pick<Env, 'API_RATE' | 'KEY_RATE'>;

/** The rate limits of a deployment; what is not bound is not limited, and a limiter that fails limits nobody. */
export function rates(env: RateEnv): Rates {
  return {
    mayBegin: async (address, name) => {
      const [byAddress, byName] = await Promise.all([
        address === null || within(env.SESSION_RATE, ipGroup(address)),
        name === null || within(env.TOKEN_RATE, name),
      ]);
      return byAddress && byName;
    },
    mayBeRefused: async (address) => address === null || within(env.REFUSED_RATE, ipGroup(address)),
  };
}

/** How often the API may be called, and publishers come with wrong keys. */
interface ApiRates {
  /** @param id of the token, never the token */
  mayCall(id: string): Promise<boolean>;
  /** Whether a wrong API token is answered as one; false: this address guesses. */
  mayBeUnauthorized(ip: string): Promise<boolean>;
  /** Whether a wrong stream key is told and answered as one. @param key id in the stream key; null where it has none */
  mayBeUnknown(ip: string, key: string | null): Promise<boolean>;
}

/** The rate limits of the control plane; see {@link rates}. */
export function apiRates(env: ApiRateEnv): ApiRates {
  return {
    mayCall: (id) => within(env.API_RATE, id),
    mayBeUnauthorized: (ip) => within(env.API_RATE, `ip ${ipGroup(ip)}`),
    mayBeUnknown: async (ip, key) => {
      const [byIp, byKey] = await Promise.all([
        within(env.KEY_RATE, ipGroup(ip)),
        key === null ? true : within(env.KEY_RATE, key),
      ]);
      return byIp && byKey;
    },
  };
}

async function within(limiter: RateLimit | undefined, key: string): Promise<boolean> {
  if (!limiter) return true;
  try {
    return (await limiter.limit({ key })).success;
  } catch (error) {
    console.warn(JSON.stringify({ event: 'rate_not_counted', error: String(error) }));
    return true;
  }
}

/** An IPv6 network of 64 bits is one household: its addresses count together. */
function ipGroup(ip: string): string {
  if (!ip.includes(':') || ip.includes('.')) return ip;
  const [head = '', tail = ''] = ip.toLowerCase().split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail.split(':').filter(Boolean);
  const zeros = ip.includes('::') ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0') : [];
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
