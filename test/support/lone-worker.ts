import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';

/** One Worker of one file in workerd, without any bindings: its URL, and how to end it. */
export async function startLoneWorker(file: string): Promise<{ readonly url: URL; stop(): Promise<void> }> {
  const built = await build({
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    write: false,
  });
  const script = built.outputFiles[0]?.text ?? '';
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({ modules: true, script, compatibilityDate: '2026-11-01', cf: false }),
  );
  return { url: await miniflare.ready, stop: () => miniflare.dispose() };
}
