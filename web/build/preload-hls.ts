import type { Plugin } from 'vite';

/** Lets the pages that play fetch the hls.js chunk together with their own script instead of after it. */
export function preloadHls(): Plugin {
  return {
    name: 'headwater:preload-hls',
    transformIndexHtml: {
      order: 'post',
      handler(_html, context) {
        if (!/\/(?:watch|replay|embed(?:-replay)?)\.html$/.test(context.filename)) return [];
        const chunks = Object.values(context.bundle ?? {}).filter((file) => file.type === 'chunk');
        const engine = chunks.find((chunk) => chunk.facadeModuleId?.endsWith('/player/hls-engine.ts'));
        if (!engine) return [];
        return [engine.fileName, ...engine.imports]
          .filter((file) => !chunks.some((chunk) => chunk.isEntry && chunk.fileName === file))
          .map((file) => ({
            tag: 'link',
            attrs: { rel: 'modulepreload', href: `/${file}` },
            injectTo: 'head' as const,
          }));
      },
    },
  };
}
