import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pollUntil } from '../support/poll.ts';
import { goodKey, type Harness, startHarness } from './ingest-harness.ts';

let folder: string;
const open: Harness[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-rtmps-'));
});

afterEach(async () => {
  for (const { ingest } of open.splice(0)) await ingest.close();
  rmSync(folder, { recursive: true });
});

const files = () => ({ certPath: join(folder, 'tls.crt'), keyPath: join(folder, 'tls.key') });

/** Writes a new certificate for 127.0.0.1 and returns its fingerprint. */
async function writeCertificate(): Promise<string> {
  const { cert, private: key, fingerprint } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
  writeFileSync(files().certPath, cert);
  writeFileSync(files().keyPath, key);
  return fingerprint.toUpperCase();
}

async function start(limits: Parameters<typeof startHarness>[0] = {}): Promise<Harness> {
  const harness = await startHarness(limits, 0, { ...files(), port: 0 });
  open.push(harness);
  return harness;
}

/** The certificate that a new connection is shown. */
async function shown({ ingest }: Harness): Promise<string> {
  const socket: TLSSocket = connect({ port: ingest.tlsPort ?? 0, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint;
}

async function closed(socket: Socket): Promise<void> {
  socket.on('error', () => {});
  socket.resume();
  if (!socket.closed) await once(socket, 'close');
}

test('an encoder publishes over TLS', async () => {
  await writeCertificate();
  const harness = await start();
  const input = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=30', '-t', '1', '-c:v', 'libx264', '-g', '15'];
  const target = `rtmps://127.0.0.1:${harness.ingest.tlsPort}/live/${goodKey}`;
  const ffmpeg = spawn('ffmpeg', ['-nostdin', '-loglevel', 'error', ...input, '-f', 'flv', target]);
  expect((await once(ffmpeg, 'exit'))[0]).toBe(0);
  await pollUntil(() => harness.taken[0]?.end === 'closed', 'the end');
  expect(harness.taken[0]?.request).toMatchObject({ streamKey: goodKey, ip: '127.0.0.1' });
  expect(harness.taken[0]?.tags.filter(({ type }) => type === 'video').length).toBeGreaterThan(29);
});

test('a renewed certificate is shown to the next connection; one that is no good is not taken', async () => {
  const first = await writeCertificate();
  const harness = await start({ certificateCheckMs: 20 });
  expect(await shown(harness)).toBe(first);
  const second = await writeCertificate();
  await pollUntil(async () => (await shown(harness)) === second, 'the second certificate');
  writeFileSync(files().certPath, 'no certificate');
  await pollUntil(() => harness.lines.some(({ level }) => level === 'error'), 'a line in the log');
  expect(harness.lines.find(({ level }) => level === 'error')).toMatchObject({
    fields: { event: 'certificate_refused', err: { code: 'certificate_invalid' } },
    message: 'RTMPS keeps the certificate that it has',
  });
  expect(await shown(harness)).toBe(second);
});

test('a restarted ingest process has the newest certificate and the same port', async () => {
  await writeCertificate();
  const harness = await start({ certificateCheckMs: 20 });
  const { pid, tlsPort } = harness.ingest;
  const second = await writeCertificate();
  await pollUntil(async () => (await shown(harness)) === second, 'the second certificate');
  process.kill(pid, 'SIGKILL');
  await pollUntil(() => ![0, pid].includes(harness.ingest.pid), 'the restart');
  expect(harness.ingest.tlsPort).toBe(tlsPort);
  expect(await shown(harness)).toBe(second);
});

test('a certificate that nobody else vouches for is known as such, until a better one comes', async () => {
  await writeCertificate();
  const { ingest } = await start({ certificateCheckMs: 20 });
  expect(ingest.isSelfSigned).toBe(true);
  const authority = await generate([{ name: 'commonName', value: 'An authority' }]);
  const ca = { key: authority.private, cert: authority.cert };
  const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }], { ca });
  writeFileSync(files().certPath, cert);
  writeFileSync(files().keyPath, key);
  await pollUntil(() => !ingest.isSelfSigned, 'the one that an authority signed');
});

test('a start without a usable certificate says what is wrong', async () => {
  await expect(start()).rejects.toMatchObject({ code: 'certificate_unreadable' });
  await writeCertificate();
  const other = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
  writeFileSync(files().keyPath, other.private);
  await expect(start()).rejects.toThrow(/the key is not that of the certificate/);
  writeFileSync(files().keyPath, 'no key');
  await expect(start()).rejects.toMatchObject({ code: 'certificate_invalid' });
});

test('whoever speaks no TLS, or never ends a handshake, is cut off and counted', async () => {
  await writeCertificate();
  const harness = await start({ handshakeMsMax: 300, connectionsPerIpMax: 2 });
  const port = harness.ingest.tlsPort ?? 0;
  const plain = connectPlain(port, '127.0.0.1');
  plain.write(Buffer.alloc(64, 3));
  await closed(plain);
  const silent = [connectPlain(port, '127.0.0.1'), connectPlain(port, '127.0.0.1')];
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  await closed(connectPlain(port, '127.0.0.1'));
  expect(harness.lines.at(-1)?.fields).toMatchObject({ code: 'connections_per_ip', ip: '127.0.0.1' });
  await Promise.all(silent.map(closed));
  await pollUntil(async () => (await shown(harness).catch(() => '')) !== '', 'room for another');
});

test('a busy port of RTMPS is said with its own setting', async () => {
  await writeCertificate();
  const { ingest } = await start();
  const second = startHarness({}, 0, { ...files(), port: ingest.tlsPort ?? 0 });
  await expect(second).rejects.toMatchObject({
    code: 'port_in_use',
    message: `RTMPS port ${ingest.tlsPort} on 127.0.0.1 is in use. Stop the other program or set HEADWATER_RTMPS_PORT to another port.`,
  });
  // Its port for plain RTMP: the one for TLS was opened before.
  const third = startHarness({}, ingest.port, { ...files(), port: 0 });
  await expect(third).rejects.toThrow('set HEADWATER_RTMP_PORT to another port.');
});
