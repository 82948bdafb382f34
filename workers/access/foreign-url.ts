/** Why an address may not be a source. */
export type ForeignFault = 'malformed' | 'scheme' | 'userinfo' | 'address' | 'not_listed';

/**
 * An address of media on a server that is not ours, or why we do not go there. Workers cannot see what a name resolves to;
 * so only hosts that the operator lists are asked, by exactly the name that is listed.
 * @param hosts `media.example.com live.example.com:8443 127.0.0.1:8080`: white space or commas between; loopback with its port
 */
export function parseForeignUrl(text: string, hosts: string | undefined): URL | ForeignFault {
  const url = URL.parse(text);
  if (url?.hash !== '') return 'malformed';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'scheme';
  if (url.username !== '' || url.password !== '' || /^[^/?#]*\/\/[^/?#]*@/.test(text)) return 'userinfo';
  const isLoopback = loopback.test(url.hostname);
  if (!isLoopback && isPrivate(url.hostname)) return 'address';
  // Written in another way than it is read: decimal, octal and hexadecimal addresses, escapes, look-alike letters.
  if (!isWrittenAs(text, url)) return isLoopback || isAddress(url.hostname) ? 'address' : 'malformed';
  if (url.protocol === 'http:' && !isLoopback) return 'scheme';
  return listOf(hosts).has(withPort(url)) ? url : 'not_listed';
}

/** An address on the public internet, or why it is none; on a loopback address only what `hosts` lists. */
export function parsePublicUrl(text: string, hosts: string | undefined): URL | ForeignFault {
  const url = parseForeignUrl(text, hosts);
  if (url !== 'not_listed') return url;
  const open = new URL(text);
  return loopback.test(open.hostname) ? url : open;
}

/** The address of a path on a listed host that was named without its scheme, or null. */
export function foreignUrlOn(host: string, pathAndQuery: string, hosts: string | undefined): URL | null {
  for (const scheme of ['http', 'https']) {
    const url = parseForeignUrl(`${scheme}://${host}${pathAndQuery}`, hosts);
    if (url instanceof URL) return url;
  }
  return null;
}

const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Names that are never public, and everything that is not an address of the public internet. */
function isPrivate(hostname: string): boolean {
  if (/(?:^|\.)(?:localhost|internal|local|lan|home\.arpa)\.?$/.test(hostname)) return true;
  if (hostname.startsWith('['))
    return !/^\[2[0-9a-f]{3}:/.test(hostname) || /^\[2002:|^\[2001:(?:0|db8)?:/.test(hostname);
  const match = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(hostname);
  if (!match) return false;
  const [first, second] = [Number(match[1]), Number(match[2])];
  if ([0, 10, 127].includes(first) || first >= 224) return true;
  if (first === 100) return second >= 64 && second < 128;
  if (first === 169) return second === 254;
  if (first === 172) return second >= 16 && second < 32;
  if (first === 192) return second === 168 || second === 0;
  return first === 198 && (second === 18 || second === 19);
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
}

function isWrittenAs(text: string, url: URL): boolean {
  const authority = /^https?:\/\/([^/?#\\]+)/i.exec(text)?.[1]?.toLowerCase();
  return authority === url.host || authority === withPort(url);
}

function withPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}

function listOf(hosts: string | undefined): ReadonlySet<string> {
  const entries = (hosts ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  return new Set(
    entries.flatMap((entry) => (/:\d+$/.test(entry) ? [entry] : loopback.test(entry) ? [] : [`${entry}:443`])),
  );
}
