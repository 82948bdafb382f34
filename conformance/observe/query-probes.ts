import type { Exchange } from '../http/exchange.ts';
import type { Prober } from './prober.ts';

/** Parameters of players' telemetry (CTA-5004) and of links in campaigns: nobody's business but the log's. */
const telemetry: readonly (readonly [string, string])[] = [
  ['CMCD', 'br=1000,bl=2400,ot=v,sid="6e2fb550-c457-11e9-bb97-0800200c9a66"'],
  ['utm_source', 'conformance'],
  ['utm_campaign', 'suite'],
];

/** Asks for a playlist with a directive that no server knows (rfc8216bis 6.2.5). */
export async function probeUnknownDirective(prober: Prober, url: string): Promise<void> {
  await prober.askBothWays('unknown-directive', url, added(url, [['_HLS_conformance', '1']]));
}

/** Asks for a manifest with parameters that mean nothing to it, and with its own in another order. */
export async function probeManifestQuery(prober: Prober, url: string, timeoutMs?: number): Promise<void> {
  const ask = timeoutMs === undefined ? {} : { timeoutMs };
  await prober.askBothWays('stray', url, strayed(url), ask);
  await prober.askBothWays('telemetry', url, added(url, telemetry), ask);
}

/** The same for a stored object, which never changes. */
export async function probeObjectQuery(prober: Prober, url: string, against: Exchange): Promise<void> {
  await prober.ask('stray', strayed(url), { against });
  await prober.ask('telemetry', added(url, telemetry), { against });
}

/** Its own parameters backwards, and strangers around them. */
function strayed(url: string): string {
  const target = new URL(url);
  const own = [...target.searchParams].reverse();
  target.search = '';
  for (const [name, value] of [['zz', 'conformance'], ...own, ['aa', '1']] as const) {
    target.searchParams.append(name ?? '', value ?? '');
  }
  return target.href;
}

/** A URL with more parameters. */
export function added(url: string, parameters: readonly (readonly [string, string])[]): string {
  const target = new URL(url);
  for (const [name, value] of parameters) target.searchParams.append(name, value);
  return target.href;
}
