import { readFileSync } from 'node:fs';

/** Plays an origin for the tests of its supervision: says what it was given, and does what its first log line asks. */
const path = process.argv[process.argv.indexOf('--config') + 1] ?? '';
const config = JSON.parse(readFileSync(path, 'utf8'));
const fate = process.env.FAKE_ORIGIN_FATE ?? 'serve';

process.stdout.write(
  `${JSON.stringify({ level: 30, event: 'fake_started', config, environment: Object.keys(process.env) })}\n`,
);
process.stderr.write('a word on stderr\n');

if (fate === 'refuse') {
  process.send?.({ type: 'failed', code: 'port_in_use', message: 'the port is taken' }, () => process.exit(1));
} else if (fate === 'crash') {
  process.stderr.write('a stack trace\n', () => process.exit(1));
} else {
  const rtmpPort = config.rtmp.port || 40_001;
  const httpPort = config.http.port || 40_002;
  const httpUrl = `http://127.0.0.1:${httpPort}`;
  const rtmpsPort = config.rtmps ? config.rtmps.port || 40_003 : null;
  process.send?.({ type: 'ready', rtmpPort, rtmpsPort, httpPort, httpUrl, pids: { ingest: 1 } });
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
}
