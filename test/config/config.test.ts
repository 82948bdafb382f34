import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, splitWireKeys } from '../../origin/config/config.ts';
import { settings } from '../../origin/config/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'headwater-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const wireKeys = `k1:${'s'.repeat(32)}`;
const least = { originId: 'o1', controlUrl: 'http://127.0.0.1:8787', wireKeys };

const extra = { encoder: 'libx265', height: 360 };
const twin = { encoder: 'hevc_nvenc', height: 360 };
const h264Names =
  /ladder\.encoder \(HEADWATER_LADDER_ENCODER\): "libx265" is no encoder for this; use one of libx264, h264_nvenc, /;
const extraNames =
  /ladder\.extraRungs\.0\.encoder: "x" is no encoder for this; use one of libx265, hevc_nvenc, .*libsvtav1/;

function file(content: object | string): string {
  const path = join(folder, 'origin.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('configuration', () => {
  it('has defaults for all but the three things it cannot know', () => {
    expect(loadConfig(file(least), {})).toMatchObject({
      rtmp: { bind: '0.0.0.0', port: 1935 },
      http: { bind: '127.0.0.1', port: 8080 },
      ladder: { passthrough: true, heights: null, encodeRungsMax: 3, encoder: 'libx264', extraRungs: [], opus: false },
    });
  });

  it('comes from the environment alone in a container, which wins over the file', () => {
    const environment = {
      HEADWATER_ORIGIN_ID: 'o2',
      HEADWATER_CONTROL_URL: 'https://live.example',
      HEADWATER_WIRE_KEYS: wireKeys,
      HEADWATER_RTMP_PORT: '1936',
    };
    expect(loadConfig(null, environment)).toMatchObject({ originId: 'o2', rtmp: { port: 1936 } });
    const merged = loadConfig(file({ ...least, rtmp: { bind: '::1' } }), environment);
    expect(merged).toMatchObject({ originId: 'o2', rtmp: { bind: '::1', port: 1936 } });
  });

  it('takes a picture for the slate', () => {
    expect(loadConfig(file(least), {}).slateImage).toBeNull();
    expect(loadConfig(file(least), { HEADWATER_SLATE_IMAGE: '/etc/slate.jpg' }).slateImage).toBe('/etc/slate.jpg');
    expect(() => loadConfig(file({ ...least, slateImage: '' }), {})).toThrow(/slateImage \(HEADWATER_SLATE_IMAGE\)/);
  });

  it("keeps media in the deployment's own bucket unless told of another", () => {
    expect(loadConfig(file(least), {}).bucket).toEqual({ kind: 'worker' });
    const environment = {
      HEADWATER_BUCKET_KIND: 's3',
      HEADWATER_S3_BUCKET: 'media',
      HEADWATER_S3_ENDPOINT: 'https://s3.example',
      HEADWATER_S3_PATH_STYLE: 'on',
      HEADWATER_S3_ACCESS_KEY_ID: 'a',
      HEADWATER_S3_SECRET_ACCESS_KEY: 'b',
    };
    expect(loadConfig(file(least), environment).bucket).toEqual({
      kind: 's3',
      bucket: 'media',
      region: 'auto',
      endpoint: 'https://s3.example',
      forcePathStyle: true,
      accessKeyId: 'a',
      secretAccessKey: 'b',
    });
    const { HEADWATER_S3_ACCESS_KEY_ID: _, HEADWATER_S3_SECRET_ACCESS_KEY: __, ...place } = environment;
    const { bucket } = loadConfig(file(least), { ...place, HEADWATER_S3_CREDENTIALS_FILE: '/run/keys' });
    expect(bucket).toMatchObject({ kind: 's3', credentialsPath: '/run/keys' });
  });

  it.each<[string, object | string, RegExp]>([
    [
      'parts without a bucket',
      { ...least, bucket: { kind: 'none' }, liveParts: 'on' },
      /liveParts \(HEADWATER_LIVE_PARTS\): there is no bucket/,
    ],
    ['no JSON', '{', /cannot be read as JSON/],
    ['a missing field', { originId: 'o1' }, /controlUrl \(HEADWATER_CONTROL_URL\)/],
    ['a short secret', { ...least, wireKeys: 'k1:short' }, /at least 32/],
    ['a port out of range', { ...least, rtmp: { port: 70_000 } }, /rtmp\.port/],
    ['an encoder for the ladder that is not H.264', { ...least, ladder: { encoder: 'libx265' } }, h264Names],
    ['an encoder that nobody knows', { ...least, ladder: { extraRungs: [{ encoder: 'x', height: 720 }] } }, extraNames],
    ['too many extra rungs', { ...least, ladder: { extraRungs: Array(5).fill(extra) } }, /ladder\.extraRungs/],
    ['two extra rungs of one name', { ...least, ladder: { extraRungs: [extra, twin] } }, /extraRungs.*same codec/],
    ['an odd height', { ...least, ladder: { extraRungs: [{ ...extra, height: 361 }] } }, /extraRungs\.0\.height/],
    ['a URL of another kind', { ...least, controlUrl: 'ftp://x' }, /controlUrl/],
  ])('refuses %s and names it', (_, content, message) => {
    const load = () => loadConfig(file(content), {});
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(message);
  });

  it('names the variable that is wrong, and the way out', () => {
    const environment = {
      ...{ HEADWATER_ORIGIN_ID: 'Fra', HEADWATER_WIRE_KEYS: wireKeys, HEADWATER_RTMP_PORT: 'rtmp' },
      ...{ HEADWATER_BUCKET_KIND: 's3', HEADWATER_S3_BUCKET: 'media', HEADWATER_LADDER_OPUS: 'yes' },
    };
    const load = () => loadConfig(null, environment);
    expect(load).toThrow(`
  originId (HEADWATER_ORIGIN_ID): lower-case letters, digits, - and _, at most 63
    fix  Set HEADWATER_ORIGIN_ID, such as origin-1: name of this origin, unique in the deployment.
  controlUrl (HEADWATER_CONTROL_URL): it is missing
    fix  Set HEADWATER_CONTROL_URL, such as https://headwater.example.workers.dev: base URL of the control plane: any PoP.
`);
    expect(load).toThrow(
      /rtmp\.port \(HEADWATER_RTMP_PORT\): .*number.*\n {4}fix {2}Set HEADWATER_RTMP_PORT, such as 1935/,
    );
    expect(load).toThrow(/bucket\.secretAccessKey \(HEADWATER_S3_SECRET_ACCESS_KEY\): it is missing/);
    expect(load).toThrow(/fix {2}Set HEADWATER_LADDER_OPUS, such as on or off/);
    expect(() => loadConfig(file({ ...least, ladder: { heights: [720, 1] } }), {})).toThrow(
      /ladder\.heights\.1 \(HEADWATER_LADDER_HEIGHTS\): .*\n {4}fix {2}Set HEADWATER_LADDER_HEIGHTS, such as 1080,720,480/,
    );
  });

  it('reads numbers, switches and lists from variables; an empty one is not set', () => {
    const environment = {
      ...{ HEADWATER_DVR_WINDOW_S: 'all', HEADWATER_SPOOL_BYTES_MAX: '1024', HEADWATER_HTTP_PORT: '' },
      ...{ HEADWATER_LADDER_HEIGHTS: '720, 480', HEADWATER_LADDER_PASSTHROUGH: 'off', HEADWATER_PUBLIC_URL: '' },
      ...{ HEADWATER_PLACE_NAME: 'Here', HEADWATER_PLACE_LATITUDE: '-8.5', HEADWATER_PLACE_LONGITUDE: '0' },
    };
    expect(loadConfig(file({ ...least, http: { port: 1 } }), environment)).toMatchObject({
      ...{ dvrWindowS: null, spoolBytesMax: 1024, http: { port: 1 } },
      ...{ ladder: { heights: [720, 480], passthrough: false, opus: false } },
      place: { name: 'Here', latitude: -8.5, longitude: 0 },
    });
  });

  it('has one description for each setting, and a name of its own for each variable', () => {
    const names = settings.flatMap(({ variable = [] }) => variable);
    expect(new Set(names).size).toBe(names.length);
    expect(settings.length).toBeGreaterThan(30);
    for (const { field, description } of settings) expect(description, field).toMatch(/^\S.*[^.]$/);
    const examples = Object.fromEntries(
      settings.flatMap(({ variable, example }) => (variable && example ? [[variable, example]] : [])),
    );
    const secrets = {
      HEADWATER_WIRE_KEYS: wireKeys,
      HEADWATER_JOIN_TOKEN: `jt_${'0'.repeat(20)}_${'0'.repeat(32)}`,
      HEADWATER_S3_ACCESS_KEY_ID: 'a',
      HEADWATER_S3_SECRET_ACCESS_KEY: 'b',
    };
    expect(() => loadConfig(null, { ...examples, ...secrets, HEADWATER_BUCKET_KIND: 's3' })).not.toThrow();
  });

  it('never shows a secret in its error', () => {
    const secret = 'visible-secret';
    const load = () => loadConfig(file({ ...least, wireKeys: `k1:${secret}` }), {});
    expect(load).toThrow(expect.not.objectContaining({ message: expect.stringContaining(secret) }));
  });

  it('splits keys at the first colon', () => {
    expect(splitWireKeys('a:b:c d:e')).toEqual([
      { kid: 'a', secret: 'b:c' },
      { kid: 'd', secret: 'e' },
    ]);
  });
});
