import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ApiClient } from '../../scripts/local/api-client.ts';
import { lockData } from '../../scripts/local/data-lock.ts';
import { ensureDemo } from '../../scripts/local/demo.ts';
import { eventLine } from '../../scripts/local/event-lines.ts';
import { keepSignals } from '../../scripts/local/keep-signals.ts';
import { splitStatements } from '../../scripts/local/migrate.ts';
import { parsePops } from '../../scripts/local/pop-spec.ts';
import { PublisherCount } from '../../scripts/local/publisher-count.ts';
import { RecordFile } from '../../scripts/local/record-file.ts';
import { loadSecrets, saveSecrets } from '../../scripts/local/secrets.ts';
import { testCardArgs, testCardPreset } from '../../scripts/local/test-card-args.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-local-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('PoPs are asked for by number or by name', () => {
  expect(parsePops('2').map(({ name }) => name)).toEqual(['fra', 'nyc']);
  expect(parsePops('syd, fra').map(({ place }) => place.city)).toEqual(['Sydney', 'Frankfurt']);
});

it('a data folder is locked until it is let go', () => {
  const release = lockData(folder);
  expect(() => lockData(folder)).toThrow(/already runs on/);
  release();
  lockData(folder)();
  expect(readdirSync(folder)).toEqual([]);
});

it('secrets are made once, kept private, and a damaged file is told', () => {
  const made = loadSecrets(folder);
  expect(loadSecrets(folder)).toEqual(made);
  expect(made.wireKeys).toMatch(/^[a-z0-9]+:[0-9a-f]{64}$/);
  const path = join(folder, 'secrets.json');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const demo = { channel: 'demo', keyId: 'sk_1', streamKey: 'sk_1_secret' };
  saveSecrets(folder, { ...made, demo });
  expect(loadSecrets(folder).demo).toEqual(demo);
  writeFileSync(path, '{"originId":');
  expect(() => loadSecrets(folder)).toThrow(/is damaged/);
});

it('SQL is split at its own semicolons only', () => {
  const sql = `-- one; two
CREATE TABLE a (b TEXT DEFAULT ';', c TEXT DEFAULT 'it''s;'); /* ; */
CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; SELECT CASE WHEN 1 THEN 2 END; END;
INSERT INTO a VALUES ("x;y");`;
  expect(splitStatements(sql)).toEqual([
    "CREATE TABLE a (b TEXT DEFAULT ';', c TEXT DEFAULT 'it''s;')",
    'CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; SELECT CASE WHEN 1 THEN 2 END; END',
    'INSERT INTO a VALUES ("x;y")',
  ]);
});

/** An API whose answers are looked up by `METHOD path`; notes the calls. */
function fakeApi(answers: Readonly<Record<string, unknown>>) {
  const calls: string[] = [];
  const call = async (method: string, path: string) => {
    calls.push(`${method} ${path}`);
    return answers[`${method} ${path}`] ?? null;
  };
  return { calls, client: { call } as ApiClient };
}

const storedKey = { channel: 'demo', keyId: 'sk_1', streamKey: 'sk_1_x' };

it('the demo channel and its key are made where they are missing', async () => {
  const api = fakeApi({ 'POST /channels/demo/keys': { id: 'sk_2', streamKey: 'sk_2_y' } });
  expect(await ensureDemo(api.client, null)).toEqual({ channel: 'demo', keyId: 'sk_2', streamKey: 'sk_2_y' });
  expect(api.calls).toEqual(['GET /channels/demo', 'POST /channels', 'POST /channels/demo/keys']);
});

it('a demo key that is still known is kept, one that was deleted is replaced', async () => {
  const known = fakeApi({
    'GET /channels/demo': { id: 'demo' },
    'GET /channels/demo/keys': { keys: [{ id: 'sk_1' }] },
  });
  expect(await ensureDemo(known.client, storedKey)).toBe(storedKey);
  const deleted = fakeApi({
    'GET /channels/demo': { id: 'demo' },
    'GET /channels/demo/keys': { keys: [] },
    'POST /channels/demo/keys': { id: 'sk_3', streamKey: 'sk_3_z' },
  });
  expect(await ensureDemo(deleted.client, storedKey)).toMatchObject({ keyId: 'sk_3' });
});

it('the stream key of the test card stands in its file, not in the arguments', () => {
  const plan = { server: 'rtmp://127.0.0.1:1935/live', presetPath: '/p', fontPath: '/font.ttf' };
  expect(testCardPreset('sk_1_x')).toBe('rtmp_playpath=sk_1_x\n');
  expect(testCardArgs(plan)).toEqual(expect.arrayContaining(['-fpre', '/p', plan.server]));
  expect(testCardArgs({ ...plan, fontPath: null }).join(' ')).not.toContain('drawtext');
});

it('knows whether somebody publishes, also while one takes over from another and when the origin dies', () => {
  const count = new PublisherCount('demo');
  const accepted = { event: 'publisher_accepted', channel: 'demo', broadcast: 'b_1' };
  const left = { event: 'publisher_left', broadcast: 'b_1' };
  const seen = [accepted, accepted, left, left, accepted, { event: 'origin_died' }].map((record) => {
    count.note(record);
    return count.any;
  });
  expect(seen).toEqual([true, true, true, false, true, false]);
  count.note({ ...accepted, channel: 'other' });
  expect(count.any).toBe(false);
});

it('log files are bounded', () => {
  const path = join(folder, 'log.jsonl');
  const file = new RecordFile(path);
  const long = 'x'.repeat(1_048_576);
  for (let i = 0; i < 20; i++) file.write({ i, long });
  const sizes = [path, `${path}.1`].map((name) => statSync(name).size);
  expect(Math.max(...sizes)).toBeLessThan(10_485_760);
  expect(readdirSync(folder)).toHaveLength(2);
  expect(readFileSync(path, 'utf8')).toContain('"i":19');
});

it('events become lines for people, safe for a terminal', () => {
  const record = { from: 'origin', message: '', fields: { ip: '::1\u001b[2J\n', code: 'unknown_key' } } as const;
  expect(eventLine({ ...record, event: 'publish_refused' })?.text).toBe(
    'a publisher from ::1 [2J  was refused (unknown_key)',
  );
  expect(eventLine({ ...record, event: 'origin_ready' })).toBeNull();
});

it('handlers of signals that a library adds are taken off where there are others', () => {
  const own = () => {};
  const added = () => {};
  process.on('SIGHUP', own);
  try {
    keepSignals(() => process.on('SIGHUP', added));
    expect(process.listeners('SIGHUP')).toContain(own);
    expect(process.listeners('SIGHUP')).not.toContain(added);
  } finally {
    process.removeListener('SIGHUP', own);
  }
});
