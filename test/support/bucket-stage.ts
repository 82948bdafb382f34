import { join } from 'node:path';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import type { S3Options } from '../../origin/store/s3-store.ts';

/** The Worker's settings for a bucket that the origin uses with `options`. */
export function s3Vars({ bucket, region, endpoint, accessKeyId, secretAccessKey }: S3Options): Record<string, string> {
  const secrets = { S3_ACCESS_KEY_ID: accessKeyId ?? '', S3_SECRET_ACCESS_KEY: secretAccessKey ?? '' };
  return { S3_BUCKET: bucket, S3_REGION: region, S3_ENDPOINT: endpoint ?? '', S3_PATH_STYLE: 'on', ...secrets };
}

/** The Worker's bucket in a real workerd, driven by test/support/bucket-worker.ts. */
export class BucketStage {
  readonly #miniflare: Miniflare;
  readonly #url: URL;

  constructor(miniflare: Miniflare, url: URL) {
    this.#miniflare = miniflare;
    this.#url = url;
  }

  static async start(vars: Record<string, string>): Promise<BucketStage> {
    const built = await build({
      entryPoints: [join(import.meta.dirname, 'bucket-worker.ts')],
      bundle: true,
      format: 'esm',
      target: 'es2024',
      conditions: ['workerd', 'worker', 'browser'],
      write: false,
    });
    const script = built.outputFiles[0]?.text ?? '';
    const worker = { modules: true, script, compatibilityDate: '2026-11-01', bindings: vars, r2Buckets: ['MEDIA'] };
    const miniflare = new Miniflare(convertV4MiniflareOptions({ ...worker, host: '127.0.0.1', port: 0, cf: false }));
    return new BucketStage(miniflare, await miniflare.ready);
  }

  async get(key: string, range?: string) {
    const response = await fetch(new URL(range ? `${key}?range=${range}` : key, this.#url));
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, text: body.toString(), body, size: response.headers.get('size-bytes') };
  }

  put(key: string, body: string | Uint8Array<ArrayBuffer>): Promise<string> {
    return this.#send(key, { method: 'PUT', body });
  }

  remove(keys: readonly string[]): Promise<string> {
    return this.#send('', { method: 'DELETE', body: JSON.stringify(keys) });
  }

  async list(
    prefix: string,
    cursor?: string,
  ): Promise<{ objects: { key: string; sizeBytes: number }[]; next: string }> {
    const query = new URLSearchParams({ prefix, ...(cursor && { cursor }) });
    return (await (await fetch(new URL(`?${query}`, this.#url))).json()) as never;
  }

  stop(): Promise<void> {
    return this.#miniflare.dispose();
  }

  async #send(key: string, init: RequestInit): Promise<string> {
    return (await fetch(new URL(key, this.#url), init)).text();
  }
}
