/** Publishing from a browser: how a PoP passes the connection on to an origin, by a signed upgrade request. */
export const browserPublish = Object.freeze({ path: '/publish' });

/** Whose connection it is. */
export interface BrowserAtPop {
  readonly ip: string;
  /** The browser in a few words, at most 64 printable characters. */
  readonly browser: string;
}

const wordsCharsMax = 64;
/** In this order: each names the ones before it, too. */
const browsers: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Edge', /\bEdg\/(\d+)/],
  ['Firefox', /\bFirefox\/(\d+)/],
  ['Chrome', /Chrome\/(\d+)/],
  ['Safari', /\bVersion\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari\//],
];
/** In this order: phones and tablets name what they descend from, too. */
const systems: readonly (readonly [mark: string, name: string])[] = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Windows', 'Windows'],
  ['Macintosh', 'Mac'],
  ['CrOS', 'ChromeOS'],
  ['Linux', 'Linux'],
];

/** A browser in a few words, from its User-Agent (RFC 9110 10.1.5): `Chrome 156 on Android`. */
export function browserWords(userAgent: string): string {
  const found = browsers.find(([, pattern]) => pattern.test(userAgent));
  const name = found ? `${found[0]} ${found[1].exec(userAgent)?.[1]}` : 'A browser';
  const system = systems.find(([mark]) => userAgent.includes(mark))?.[1];
  return `${name}${system ? ` on ${system}` : ''}`.slice(0, wordsCharsMax);
}

/** The request target at the origin. */
export function formatBrowserPublish({ ip, browser }: BrowserAtPop): string {
  return `${browserPublish.path}?ip=${encodeURIComponent(ip)}&browser=${encodeURIComponent(browser)}`;
}

const pattern = /^\/publish\?ip=([0-9A-Za-z.%]{0,64})&browser=([0-9A-Za-z.%~_!'()*-]{0,192})$/;

/** What a request target says, or null when it is not one. */
export function readBrowserPublish(target: string): BrowserAtPop | null {
  const [, ip, browser] = pattern.exec(target) ?? [];
  if (ip === undefined || browser === undefined) return null;
  try {
    return { ip: decodeURIComponent(ip), browser: decodeURIComponent(browser) };
  } catch {
    return null;
  }
}
