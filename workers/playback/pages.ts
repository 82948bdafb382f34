import type { Env } from '../env.ts';

/** media-chrome styles its shadow roots inline; hls.js makes its worker and its media from blobs. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
];

/**
 * Serves a page or one of its files; `assetPath` without `.html`, since the assets drop that ending themselves.
 * @param framing who may show it in a frame: lists as policies say them, all of which count; none: whoever wants to, also what
 *   has no address
 */
export async function servePage(
  request: Request,
  env: Env,
  assetPath: string,
  framing: readonly string[] = ["'self'"],
): Promise<Response> {
  const url = new URL(request.url);
  url.pathname = assetPath;
  url.search = '';
  const stored = await env.ASSETS.fetch(new Request(url, { method: request.method, headers: request.headers }));
  const isMissing = stored.status === 404;
  const response = new Response(isMissing ? 'There is no page at this address.\n' : stored.body, stored);
  const { headers } = response;
  headers.set('x-content-type-options', 'nosniff');
  // The host alone, never a path: without it some browsers tell in no way that a request comes from our own page.
  headers.set('referrer-policy', 'strict-origin');
  if (isMissing) headers.set('content-type', 'text/plain; charset=utf-8');
  const isHashed = assetPath.startsWith('/assets/');
  if (isHashed && response.ok) headers.set('cache-control', 'public, max-age=31536000, immutable');
  if (!isHashed) {
    const [first, ...others] = framing.map((sources) => `frame-ancestors ${sources}`);
    const whole = [...policy, ...(first ? [first] : [])].join('; ');
    // Policies behind commas are kept side by side (CSP3 2.2.2); a second directive of one name in one policy is not.
    headers.set('content-security-policy', [whole, ...others].join(', '));
  }
  return response;
}
