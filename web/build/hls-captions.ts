import type { Plugin } from 'vite';

const asShipped =
  'if (sn !== lastSn + 1 || sn === lastSn && partIndex !== this.lastPartIndex + 1 || cc !== this.lastCc) {';
const asMeant =
  'if (!(sn === lastSn + 1 || sn === lastSn && partIndex === this.lastPartIndex + 1) || cc !== this.lastCc) {';

/**
 * hls.js 1.7 forgets a caption at every part of a segment that follows the part before it, so that in low latency no
 * caption longer than a part is ever shown. The condition is put right here until a release does.
 */
export function hlsCaptions(): Plugin {
  return {
    name: 'headwater:hls-captions',
    transform(code, id) {
      if (!/\/hls\.js\/dist\/hls\.mjs$/.test(id)) return null;
      if (!code.includes(asShipped))
        throw new Error('hls.js has changed: captions over parts. See web/build/hls-captions.ts');
      return { code: code.replace(asShipped, asMeant), map: null };
    },
  };
}
