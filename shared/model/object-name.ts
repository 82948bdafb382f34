import { isBroadcastId } from './id.ts';

/** File names of media objects below their rendition: in manifests, URLs and object keys alike. */

/** I-frame playlist of a video rendition, relative to it. */
export const iframePlaylistFile = 'iframes.m3u8';

/** Times and sizes of a rendition's segments as JSON, relative to it. */
export const segmentListFile = 'segments.json';

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

/** The timeline of a broadcast beside its renditions: gzip of the record's lines of JSON. */
export const recordFile = 'record.ndjson.gz';

/** The newest lines of a record that is still written, gzip: they overlap the record beside it, and go on after it. */
export const recordTailFile = 'record-tail.ndjson.gz';

/** A picture of the broadcast, beside its renditions. */
export const posterFile = 'poster.jpg';

/** Which part of which sheet is the picture of which time (WebVTT), beside the renditions. */
export const thumbnailsFile = 'thumbs.vtt';

/** `thumbs-3.jpg`: small pictures of a stretch of the broadcast in one, beside the renditions. */
export function thumbnailSheetFile(sheet: number): string {
  return `thumbs-${sheet}.jpg`;
}

/**
 * The key under which a part lies in the bucket while viewers may ask for it, from the key that its URL's path is. Apart
 * from what stays, so that a rule of the bucket can remove what an origin left behind.
 */
export function livePartKey(key: string): string {
  return `parts/${key}`;
}

/** The key of everything that was uploaded to be imported, and of one part of an import (its first is 0). */
export const importsPrefix = 'imports/';
export function importPartKey(id: string, part: number): string {
  return `${importsPrefix}${id}/${part}`;
}

const objectKeyPattern = /^(?:[a-z0-9_][a-z0-9_.-]{0,63}\/){0,7}[a-z0-9_][a-z0-9_.-]{0,63}$/;

/** Whether a text can be the key of a stored object: nothing in it means something else to a file system or a bucket. */
export function isObjectKey(key: string): boolean {
  return objectKeyPattern.test(key);
}

/** The key under which an object of a broadcast is stored: the path of its URL without the first slash. */
export function objectKey(broadcast: string, ...path: readonly string[]): string {
  return ['b', broadcast, ...path].join('/');
}

/** The broadcast of which an object is, or a part of its live edge, by its key; null: of none. */
export function broadcastOfKey(key: string): string | null {
  const [, id = ''] = /^(?:parts\/)?b\/([^/]+)\//.exec(key) ?? [];
  return isBroadcastId(id) ? id : null;
}
