/** Whether a text is an address or a prefix: `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/56`. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== null;
}

/** Whether an address lies in a prefix; an IPv4 address written as IPv6 counts as IPv4. False when either is not valid. */
export function isInNetwork(address: string, network: string): boolean {
  const prefix = parseNetwork(network);
  const bytes = parseAddress(address);
  if (!prefix || !bytes || bytes.length !== prefix.bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) {
    const bits = Math.min(8, Math.max(0, prefix.bits - 8 * i));
    const mask = (0xff << (8 - bits)) & 0xff;
    if (((bytes[i] ?? 0) & mask) !== ((prefix.bytes[i] ?? 0) & mask)) return false;
  }
  return true;
}

function parseNetwork(text: string): { readonly bytes: readonly number[]; readonly bits: number } | null {
  const [, address = '', length] = /^([0-9A-Fa-f:.]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const bytes = parseAddress(address);
  if (!bytes) return null;
  // ::ffff:203.0.113.0/120 is 203.0.113.0/24.
  const written = length === undefined ? 8 * bytes.length : Number(length);
  const bits = length !== undefined && bytes.length === 4 && address.includes(':') ? written - 96 : written;
  return bits >= 0 && bits <= 8 * bytes.length ? { bytes, bits } : null;
}

function parseAddress(text: string): readonly number[] | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): readonly number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return null;
  return parts.map(Number);
}

/** RFC 4291 2.2, with a dotted tail; without a zone. */
function parseIpv6(text: string): readonly number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map(readGroups);
  if (!head || (halves.length === 2 && !tail)) return null;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 2) return null;
  const bytes = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
  const isMapped = bytes.slice(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 0xff));
  return isMapped ? bytes.slice(12) : bytes;
}

function readGroups(text: string): readonly number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    const dotted = i === groups.length - 1 && group.includes('.') ? parseIpv4(group) : null;
    if (dotted) bytes.push(...dotted);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return null;
  }
  return bytes;
}
