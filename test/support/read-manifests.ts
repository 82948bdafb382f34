import { type ReadMediaPlaylist, readMediaPlaylist, readMpd, readMultivariant } from './oracles.ts';

/** The HLS of a broadcast, each playlist read by the parsers of others. */
export interface ReadHls {
  readonly multivariant: string;
  /** Media playlists by rendition, without those of I-frames. */
  readonly media: ReadonlyMap<string, { readonly text: string; readonly read: ReadMediaPlaylist }>;
}

/** All that there is to read of a broadcast. */
export interface ReadManifests extends ReadHls {
  readonly mpd: string;
}

/** Reads the multivariant playlist and the media playlists. @param folder ends in a slash */
export async function readHls(folder: string): Promise<ReadHls> {
  const multivariant = await get(`${folder}index.m3u8`);
  const media = new Map<string, { text: string; read: ReadMediaPlaylist }>();
  for (const uri of readMultivariant(multivariant)) {
    const text = await get(`${folder}${uri}`);
    media.set(uri.split('/')[0] ?? '', { text, read: readMediaPlaylist(text) });
  }
  return { multivariant, media };
}

/** Reads every manifest, those of I-frames too, of a broadcast that has a segment. @param folder ends in a slash */
export async function readManifests(folder: string): Promise<ReadManifests> {
  const hls = await readHls(folder);
  for (const [, uri] of hls.multivariant.matchAll(/I-FRAME-STREAM-INF:.*URI="([^"]+)"/g)) {
    readMediaPlaylist(await get(`${folder}${uri}`));
  }
  const mpd = await get(`${folder}index.mpd`);
  readMpd(mpd, `${folder}index.mpd`);
  return { ...hls, mpd };
}

async function get(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} for ${url}: ${text}`);
  return text;
}
