import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { hlsCaptions } from './build/hls-captions.ts';
import { htmlParts } from './build/html-parts.ts';
import { leanHls } from './build/lean-hls.ts';
import { preloadHls } from './build/preload-hls.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  plugins: [htmlParts(), leanHls(), hlsCaptions(), preloadHls()],
  resolve: {
    // Not one of the package's entrances, and with the query that asks for its address.
    alias: [
      {
        find: /^scalar-reference(?=\?)/,
        replacement: here('../node_modules/@scalar/api-reference/dist/browser/standalone.js'),
      },
    ],
  },
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: 'chrome123',
    // The pages run under a policy without inline scripts, and dash.js is large on purpose: it loads on request only.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_000,
    rollupOptions: {
      input: {
        home: here('./index.html'),
        watch: here('./watch.html'),
        embed: here('./embed.html'),
        embedReplay: here('./embed-replay.html'),
        replay: here('./replay.html'),
        studio: here('./studio.html'),
        docs: here('./docs.html'),
      },
    },
  },
});
