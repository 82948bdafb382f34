import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pollUntil } from '../test/support/poll.ts';
import { Connections } from './edge/crowd.ts';
import { BenchOrigin, files } from './edge/origin.ts';
import { cpuUs, findProgram } from './edge/processes.ts';
import { type Subject, startHeadwater, startNginx, startVarnish } from './edge/subjects.ts';

/**
 * The edge beside nginx (proxy_cache and its lock) and Varnish, in front of the same origin on loopback: throughput and
 * CPU for a playlist, a 60 kB part and a 2 MB segment out of their caches; then crowds that wait for the next part.
 * `wrk`, `nginx` and `varnishd` come from the system's packages; what is missing is left out.
 */

const loadS = 3;
const settleMs = 300;
const rounds = 7;
const run = promisify(execFile);

const origin = new BenchOrigin();
await origin.start();
const starts = [startHeadwater, startNginx, startVarnish] as const;
const subjects: Subject[] = [];
const wrk = findProgram('wrk');
try {
  for (const start of starts) {
    const subject = await start(origin.port);
    if (subject) subjects.push(subject);
  }
  for (const name of ['wrk', 'nginx', 'varnishd']) {
    if (!findProgram(name)) process.stdout.write(`${name} is not installed here: its rows are missing.\n`);
  }
  if (wrk) for (const file of ['playlist', 'part', 'segment'] as const) await compareLoad(wrk, file);
  await compareCrowds('200 viewers wait for the next part', 200, () => origin.next.part);
  await compareCrowds('200 viewers wait for the next playlist', 200, () => origin.next.reload);
  await compareCrowds('1000 viewers wait for the next playlist', 1_000, () => origin.next.reload);
} finally {
  for (const subject of subjects) await subject.stop();
  await origin.stop();
}

async function compareLoad(program: string, file: keyof typeof files): Promise<void> {
  table(`${file}, ${loadS} s of wrk with 16 connections`, [
    'req/s',
    'ratio',
    'CPU µs',
    'ratio',
    'p50 ms',
    'p99 ms',
    'origin',
  ]);
  const base: { reqS: number; cpu: number }[] = [];
  // The peers first: ratios are to nginx where it is there.
  for (const subject of [...subjects.slice(1), ...subjects.slice(0, 1)]) {
    const url = subject.url + files[file];
    await (await fetch(url)).arrayBuffer();
    const [requestsBefore, cpuBefore] = [origin.requests, cpuUs(subject.pids)];
    const { stdout } = await run(program, ['-t1', '-c16', `-d${loadS}s`, '--latency', url]);
    const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
    const cpu = (cpuUs(subject.pids) - cpuBefore) / requests;
    const reqS = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
    base.push({ reqS, cpu });
    const first = base[0] as { reqS: number; cpu: number };
    row(subject.name, [
      reqS.toFixed(0),
      (reqS / first.reqS).toFixed(2),
      cpu.toFixed(0),
      (cpu / first.cpu).toFixed(1),
      ms(stdout, '50%'),
      ms(stdout, '99%'),
      String(origin.requests - requestsBefore),
    ]);
    if (/Non-2xx|Socket errors/.test(stdout)) process.stdout.write(`  ${stdout}\n`);
  }
}

/** A percentile as wrk writes it: `812.00us`, `1.20ms`, `1.00s`. */
function ms(stdout: string, percentile: string): string {
  const [, number = 'NaN', unit = 'ms'] = new RegExp(`${percentile}\\s+([\\d.]+)(us|ms|s)`).exec(stdout) ?? [];
  return (Number(number) * { us: 0.001, ms: 1, s: 1_000 }[unit as 'us' | 'ms' | 's']).toFixed(2);
}

async function compareCrowds(title: string, viewers: number, target: () => string): Promise<void> {
  table(`${title}, ms after it is there, median of ${rounds} rounds (origin: requests a round, at most)`, [
    'p50',
    'p95',
    'max',
    'origin',
  ]);
  for (const subject of subjects) {
    const results: { p50: number; p95: number; max: number; requests: number }[] = [];
    const crowd = new Connections(subject.url);
    await crowd.open(viewers);
    for (let round = 0; round < rounds; round++) results.push(await release(subject, crowd, target()));
    crowd.close();
    const median = (pick: (result: (typeof results)[number]) => number) =>
      results.map(pick).sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
    const { requests } = results.reduce((a, b) => (a.requests > b.requests ? a : b));
    row(subject.name, [
      ...[median((r) => r.p50), median((r) => r.p95), median((r) => r.max)].map((value) => value.toFixed(0)),
      String(requests),
    ]);
  }
}

async function release({ url }: Subject, crowd: Connections, file: string) {
  await (await fetch(url + files.playlist)).arrayBuffer();
  const before = origin.requests;
  const answers = crowd.ask(file);
  await pollUntil(() => origin.waiting > 0, 'the request at the origin');
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const releasedMs = performance.now();
  origin.release();
  const timesMs = (await Promise.all(answers)).map((atMs) => atMs - releasedMs).sort((a, b) => a - b);
  const at = (share: number) => timesMs[Math.min(timesMs.length - 1, Math.floor(timesMs.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), max: at(1), requests: origin.requests - before };
}

function table(title: string, columns: readonly string[]): void {
  process.stdout.write(`\n${title}\n`);
  row('', columns);
}

function row(name: string, cells: readonly string[]): void {
  process.stdout.write(`  ${name.padEnd(12)}${cells.map((cell) => cell.padStart(10)).join('')}\n`);
}
