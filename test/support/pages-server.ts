import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

/** The policy that the Worker sends with every page. */
export const pagePolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
].join('; ');

/** The built pages over HTTP with answers of the API made up by the test. */
export interface PagesServer {
  readonly url: string;
  /**
   * From now on, this path of the API or of media answers so, or one method of the API: `POST /api/v1/links`. A function makes
   * each body anew. `status` 0 breaks the connection.
   */
  answer(path: string, status: number, body: unknown): void;
  /** Requests for a path so far. */
  asked(path: string): number;
  /** Calls that change something, oldest first: `POST /api/v1/links {"channel":"news"}`. */
  readonly changes: readonly string[];
  /** `Authorization` of every call of the API so far. */
  readonly credentials: ReadonlySet<string>;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mpd': 'application/dash+xml',
  '.mp4': 'video/mp4',
  '.m4s': 'video/iso.segment',
};

/**
 * Serves the built pages as the Worker does: `/watch/<channel>` is watch.html, `/embed/<channel>` embed.html, `/replay/<broadcast>` and `/clip/<id>` are replay.html.
 * @param pagesDir folder that Vite built into
 * @param mediaDir folder behind `/live/<channel>/`, when media is to play
 */
export async function servePages(pagesDir: string, mediaDir: string | null = null): Promise<PagesServer> {
  const answers = new Map<string, { status: number; body: unknown }>();
  const counts = new Map<string, number>();
  const changes: string[] = [];
  const credentials = new Set<string>();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://pages');
    counts.set(pathname, (counts.get(pathname) ?? 0) + 1);
    if (pathname.startsWith('/api/')) {
      const call = `${request.method} ${pathname}`;
      credentials.add(request.headers.authorization ?? '');
      if (request.method !== 'GET') changes.push(`${call} ${await bodyOf(request)}`.trim());
      return sendAnswer(response, answers.get(call) ?? answers.get(pathname));
    }
    const media = /^\/live\/[^/]+\/(.+)$/.exec(pathname)?.[1];
    if (media !== undefined && !answers.has(pathname)) return sendFile(response, mediaDir, media);
    if (media !== undefined) return sendAnswer(response, answers.get(pathname));
    await sendFile(response, pagesDir, fileOf(pathname));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answer: (path, status, body) => void answers.set(path, { status, body }),
    asked: (path) => counts.get(path) ?? 0,
    changes,
    credentials,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function fileOf(pathname: string): string {
  if (pathname === '/') return 'index.html';
  if (pathname === '/studio') return 'studio.html';
  if (/^\/(?:replay|clip)\//.test(pathname)) return 'replay.html';
  if (pathname.startsWith('/embed/')) return 'embed.html';
  return pathname.startsWith('/watch/') ? 'watch.html' : pathname;
}

function sendAnswer(response: ServerResponse, answer: { status: number; body: unknown } | undefined): void {
  if (answer?.status === 0) return void response.destroy();
  if (answer?.status === 204) return void response.writeHead(204).end();
  response.writeHead(answer?.status ?? 404, { 'content-type': 'application/json' });
  const body = typeof answer?.body === 'function' ? answer.body() : answer?.body;
  response.end(JSON.stringify(body ?? { code: 'not_found' }));
}

async function sendFile(response: ServerResponse, dir: string | null, path: string): Promise<void> {
  const content = dir === null ? null : await readFile(join(dir, normalize(`/${path}`))).catch(() => null);
  if (!content) return void response.writeHead(404).end();
  response.writeHead(200, {
    'content-type': types[extname(path)] ?? 'application/octet-stream',
    'content-security-policy': pagePolicy,
    'cache-control': 'no-cache',
  });
  response.end(content);
}
