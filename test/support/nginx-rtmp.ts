import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pollUntil } from './poll.ts';

const modulePath = process.env.NGINX_RTMP_MODULE ?? '/usr/lib/nginx/modules/ngx_rtmp_module.so';
const program = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx'].find(existsSync) ?? 'nginx';

/** nginx with its RTMP module, as Debian ships it, and ffmpeg that publishes to it. */
export interface NginxRtmp {
  /** `127.0.0.1:<port>` of its HTTP server. */
  readonly host: string;
  /** Address of its media playlist: it writes no multivariant playlist. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it; resolves when its playlist lists three segments. */
export async function startNginxRtmp(): Promise<NginxRtmp> {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-nginx-'));
  mkdirSync(join(folder, 'hls'));
  const [rtmpPort, httpPort] = await freePorts();
  writeFileSync(join(folder, 'nginx.conf'), config(folder, rtmpPort, httpPort));
  const children: ChildProcess[] = [];
  const start = (command: string, args: readonly string[]) => {
    const child = spawn(command, args, { stdio: 'ignore' });
    children.push(child);
    return once(child, 'spawn');
  };
  const stop = async () => {
    for (const child of children.reverse()) {
      const exited = once(child, 'exit');
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const host = `127.0.0.1:${httpPort}`;
  const url = `http://${host}/stream.m3u8`;
  try {
    await start(program, ['-p', folder, '-c', 'nginx.conf', '-e', join(folder, 'error.log')]);
    const answers = () =>
      fetch(`http://${host}/`).then(
        ({ ok, status }) => ok || status < 500,
        () => false,
      );
    await pollUntil(answers, `nginx; ${modulePath} has to be there (libnginx-mod-rtmp)`);
    await start(process.env.FFMPEG_PATH ?? 'ffmpeg', publish(`rtmp://127.0.0.1:${rtmpPort}/live/stream`));
    const segments = async () => (await (await fetch(url)).text()).split('#EXTINF').length - 1;
    await pollUntil(async () => (await segments()) >= 3, 'three segments of nginx-rtmp', 30_000);
  } catch (error) {
    const log = join(folder, 'error.log');
    const cause = existsSync(log) ? readFileSync(log, 'utf8').slice(-2_000) : error;
    await stop();
    throw new Error(`nginx-rtmp did not start: ${String(error)}`, { cause });
  }
  return { host, url, stop };
}

function config(folder: string, rtmpPort: number, httpPort: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `load_module ${modulePath};
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 256; }
rtmp {
  access_log off;
  server {
    listen 127.0.0.1:${rtmpPort};
    application live {
      live on;
      hls on;
      hls_path ${folder}/hls;
      hls_fragment 1s;
      hls_playlist_length 8s;
    }
  }
}
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  types { application/vnd.apple.mpegurl m3u8; video/mp2t ts; }
  server {
    listen 127.0.0.1:${httpPort};
    root ${folder}/hls;
    location ~ \\.m3u8$ { add_header Cache-Control no-cache; }
  }
}
`;
}

function publish(url: string): string[] {
  const picture = ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'];
  const sound = ['-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'];
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  return ['-nostdin', '-loglevel', 'error', ...picture, ...sound, ...encode, '-f', 'flv', url];
}

async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()];
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  const [first = 0, second = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return [first, second];
}
