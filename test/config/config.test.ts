import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, splitWireKeys } from '../../origin/config/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'headwater-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const wireKeys = `k1:${'s'.repeat(32)}`;
const least = { originId: 'o1', controlUrl: 'http://127.0.0.1:8787', wireKeys };

const extra = { encoder: 'libx265', height: 360 };
const twin = { encoder: 'hevc_nvenc', height: 360 };
const h264Names = /ladder\.encoder: "libx265" is no encoder for this; use one of libx264, h264_nvenc, /;
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
