/** One rate limiter of wrangler.toml. */
interface RateLimit {
  readonly limit: number;
  readonly periodS: 10 | 60;
}

const blockPattern =
  /^\[\[ratelimits\]\]\nname = "(\w+)"\nnamespace_id = "\d+"\nsimple = \{ limit = (\d+), period = (10|60) \}$/gm;

/** The rate limiters that wrangler.toml binds, by their name. Throws when one is not understood, or there is none. */
export function readRateLimits(toml: string): Readonly<Record<string, RateLimit>> {
  const blocks = [...toml.matchAll(blockPattern)];
  if (blocks.length === 0 || blocks.length !== toml.match(/^\[\[ratelimits\]\]/gm)?.length) {
    throw new Error('wrangler.toml: a block [[ratelimits]] is not written as name, namespace_id and simple.');
  }
  return Object.fromEntries(
    blocks.map(([, name = '', limit, period]) => [name, { limit: Number(limit), periodS: Number(period) as 10 | 60 }]),
  );
}
