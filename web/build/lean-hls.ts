import type { Plugin } from 'vite';

/** Parts of hls.js that no stream of ours uses: DRM, interstitials, trick-play playlists. About 19 kB gzip. */
const leftOut = ['emeController', 'interstitialsController', 'iframeController'] as const;

/** Leaves unused controllers out of hls.js, whose own light build lacks the alternate audio that we need. */
export function leanHls(): Plugin {
  return {
    name: 'headwater:lean-hls',
    transform(code, id) {
      if (!/\/hls\.js\/dist\/hls\.mjs$/.test(id)) return null;
      let lean = code;
      for (const controller of leftOut) {
        const entry = new RegExp(`^ {2}${controller}: [A-Za-z]+Controller ?(,?)$`, 'm');
        if (!entry.test(lean))
          throw new Error(`hls.js has changed: no default for ${controller}. See web/build/lean-hls.ts`);
        lean = lean.replace(entry, `  ${controller}: undefined$1`);
      }
      return { code: lean, map: null };
    },
  };
}
