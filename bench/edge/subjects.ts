import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEdge } from '../../test/support/edge.ts';
import { findProgram, freePort, ownChildren, startServer, stopServer, treeOf } from './processes.ts';

/** One cache under measurement. */
export interface Subject {
  readonly name: string;
  /** URL of the rendition's folder, with a slash at its end. */
  readonly url: string;
  /** Its server processes. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** The Worker in workerd: one PoP, one shield. */
export async function startHeadwater(originPort: number): Promise<Subject> {
  const before = new Set(ownChildren('workerd'));
  const edge = await startEdge({
    originUrl: `http://127.0.0.1:${originPort}`,
    pops: [{ name: 'fra', continent: 'EU' }],
  });
  const { broadcast } = await edge.addBroadcast();
  const pids = ownChildren('workerd').filter((pid) => !before.has(pid));
  return { name: 'Headwater', url: `${edge.url()}b/${broadcast}/v720/`, pids, stop: () => edge.stop() };
}

/** nginx with proxy_cache and its lock, one worker; null where it is not installed. */
export async function startNginx(originPort: number): Promise<Subject | null> {
  const program = findProgram('nginx');
  if (!program) return null;
  const folder = mkdtempSync(join(tmpdir(), 'headwater-nginx-'));
  mkdirSync(join(folder, 'logs'));
  const port = await freePort();
  writeFileSync(join(folder, 'nginx.conf'), nginxConfig(folder, port, originPort));
  const child = await startServer(program, ['-p', folder, '-c', 'nginx.conf', '-e', join(folder, 'error.log')], port);
  const stop = async () => {
    await stopServer(child);
    rmSync(folder, { recursive: true, force: true });
  };
  return { name: 'nginx', url: `http://127.0.0.1:${port}/b/v720/`, pids: treeOf(child.pid ?? 0), stop };
}

function nginxConfig(folder: string, port: number, originPort: number): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  // Started by root, its worker would be nobody, who may not write into the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `daemon off; ${user}
worker_processes 1;
pid ${folder}/pid;
events { worker_connections 4096; }
http {
  access_log off;
  ${temp.join(' ')}
  proxy_cache_path ${folder}/cache keys_zone=c:10m max_size=1g;
  upstream origin { server 127.0.0.1:${originPort}; keepalive 16; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    keepalive_requests 1000000;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache c;
      proxy_cache_key $request_uri;
      proxy_cache_lock on;
      proxy_cache_lock_timeout 30s;
      proxy_cache_lock_age 30s;
      proxy_cache_use_stale updating;
    }
  }
}
`;
}

/** Varnish with its defaults; null where it is not installed. */
export async function startVarnish(originPort: number): Promise<Subject | null> {
  const program = findProgram('varnishd');
  if (!program) return null;
  const folder = mkdtempSync(join(tmpdir(), 'headwater-varnish-'));
  const port = await freePort();
  const backend = `backend origin { .host = "127.0.0.1"; .port = "${originPort}"; .first_byte_timeout = 30s; }`;
  // Without the return, the built-in rules make what an origin calls no-cache a hit-for-miss.
  const rule = 'sub vcl_backend_response { return (deliver); }';
  writeFileSync(join(folder, 'default.vcl'), `vcl 4.1;\n${backend}\n${rule}\n`);
  const listen = ['-a', `127.0.0.1:${port}`, '-l', '20m', '-p', 'listen_depth=4096', '-p', 'thread_pool_max=2000'];
  const args = [
    '-F',
    '-j',
    'none',
    '-n',
    join(folder, 'work'),
    '-f',
    join(folder, 'default.vcl'),
    '-s',
    'malloc,256m',
    ...listen,
  ];
  const child = await startServer(program, args, port);
  const stop = async () => {
    await stopServer(child);
    rmSync(folder, { recursive: true, force: true });
  };
  return { name: 'Varnish', url: `http://127.0.0.1:${port}/b/v720/`, pids: treeOf(child.pid ?? 0), stop };
}
