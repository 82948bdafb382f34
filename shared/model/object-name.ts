/** File names of media objects below their rendition: in manifests, URLs and object keys alike. */

/** I-frame playlist of a video rendition, relative to it. */
export const iframePlaylistFile = 'iframes.m3u8';

/** `init-0.mp4`, relative to its rendition. */
export function initFile(initNumber: number): string {
  return `init-${initNumber}.mp4`;
}

/** `42.m4s`, relative to its rendition. */
export function segmentFile(msn: number): string {
  return `${msn}.m4s`;
}

/** `42.3.m4s`, relative to its rendition. */
export function partFile(msn: number, part: number): string {
  return `${msn}.${part}.m4s`;
}
