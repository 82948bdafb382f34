/** One rate limiter of wrangler.toml. */
interface RateLimit {
  readonly limit: number;
  readonly periodS: 10 | 60;
}

const blockPattern =
  /^\[\[ratelimits\]\]\nname = "(\w+)"\nnamespace_id = "\d+"\nsimple = \{ limit = (\d+), period = (10|60) \}$/gm;

/** Those of playback. The API's are left off where nothing but this machine calls it, often and with one token. */
const names = ['SESSION_RATE', 'TOKEN_RATE', 'REFUSED_RATE'];

/** The rate limiters of playback that wrangler.toml binds, by their name. Throws when one is not there or not understood. */
export function readRateLimits(toml: string): Readonly<Record<string, RateLimit>> {
  const blocks = [...toml.matchAll(blockPattern)].filter(([, name = '']) => names.includes(name));
  if (blocks.length !== names.length) {
    throw new Error(
      'wrangler.toml: a block [[ratelimits]] of playback is not written as name, namespace_id and simple.',
    );
  }
  return Object.fromEntries(
    blocks.map(([, name = '', limit, period]) => [name, { limit: Number(limit), periodS: Number(period) as 10 | 60 }]),
  );
}
