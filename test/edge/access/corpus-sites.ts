import type { AccessStage } from '../../support/access-stage.ts';
import type { WrongRequest } from './corpus.ts';

/** What is for the pages of `example.com` and `*.example.net` only; the broadcast and the clip are open, the last channel is signed. */
export interface ListedMedia {
  readonly channel: string;
  readonly broadcast: string;
  readonly clip: string;
  /** Plays a foreign source. */
  readonly foreign: string;
  readonly signed: { readonly channel: string; readonly broadcast: string };
}

const site = (origin: string) => ({ origin: `https://${origin}` });

/** Enters a channel of each kind, all with the same list of sites. */
export async function enterListed({ stage }: AccessStage): Promise<ListedMedia> {
  const { edge } = stage;
  const [open, signed] = [await edge.addBroadcast(), await edge.addBroadcast('signed')];
  const foreign = await edge.addChannel('public');
  const clip = 'cl_1k3m5p7r9t0000000000';
  await edge.sql('UPDATE channels SET source_url = ?2 WHERE id = ?1', foreign, 'https://media.example.org/a/live.m3u8');
  await edge.sql(
    `INSERT INTO clips (id, broadcast, channel, title, start_ms, end_ms, start_offset_ms, end_offset_ms, visibility, created_ms)
     VALUES (?1, ?2, ?3, 'Goal', 1, 2, 0, 1, 'public', 1)`,
    ...[clip, open.broadcast, open.channel],
  );
  for (const channel of [open.channel, signed.channel, foreign]) {
    await edge.sql('UPDATE channels SET sites = ?2 WHERE id = ?1', channel, '["example.com","*.example.net"]');
  }
  return { ...open, clip, foreign, signed };
}

/** Everything of a channel for some sites, asked for by a page of another one: no token helps. */
export function siteRequests(at: AccessStage, listed: ListedMedia): readonly WrongRequest[] {
  const request = (name: string, path: string, headers: Record<string, string> = site('example.org')) => ({
    ...{ name: `for some sites: ${name}`, path, options: { headers } },
    ...{ status: 403, code: 'site_refused' },
  });
  const playlist = `/b/${listed.broadcast}/v720/index.m3u8`;
  const { signed } = listed;
  const token = at.token({ res: `channel:${signed.channel}` });
  return [
    ...pathsOf(listed).map((path) => request(path.replace(listed.broadcast, 'b'), path)),
    request('a site that ends alike', playlist, site('badexample.com')),
    request('a site that begins alike', playlist, site('example.com.evil.org')),
    request('a place below a site that is listed alone', playlist, site('www.example.com')),
    request('a site that ends like one with all below it', playlist, site('evilexample.net')),
    request('named in the path of another', playlist, { referer: 'https://evil.org/example.com' }),
    request('named as the user of another', playlist, { referer: 'https://example.com@evil.org/' }),
    request('a site that is not told', playlist, {}),
    request('a sandboxed page', playlist, { origin: 'null' }),
    request('a wrong Origin beside a right Referer', playlist, {
      ...site('evil.org'),
      referer: 'https://example.com/',
    }),
    request('a page of ours', playlist, { 'sec-fetch-site': 'same-origin' }),
    request('a page of the same site that is not ours', playlist, { 'sec-fetch-site': 'same-site' }),
    request('a token in front of what takes none', `/t/${at.token()}${playlist}`),
    request('a session that nobody made', `/t/s1.a1.e30.AAAA${playlist}`),
    request('signed, with a good token', `/t/${token}/b/${signed.broadcast}/v720/index.m3u8`),
    request('signed, media with a good token', `/t/${token}/b/${signed.broadcast}/v720/12.m4s`),
    request('signed, with a good token without a site', `/t/${token}/b/${signed.broadcast}/index.mpd`, {}),
    request('signed, the exchange of a good token', `/live/${signed.channel}/index.m3u8?token=${token}`),
    request('signed, where to go', `/t/${token}/steering/${signed.channel}`),
    {
      name: 'for some sites: signed, on the right one without a token',
      path: `/b/${signed.broadcast}/v720/index.m3u8`,
      options: { headers: site('example.com') },
      status: 401,
      code: 'token_missing',
    },
    request(
      'signed, with a token for other sites',
      `/t/${at.token({ res: `channel:${signed.channel}`, sites: ['example.org'] })}/b/${signed.broadcast}/index.mpd`,
      site('example.com'),
    ),
  ];
}

/** Every address of an open channel with a list of sites. */
export function pathsOf({ channel, broadcast, clip, foreign }: ListedMedia): readonly string[] {
  const below = [
    ...['index.m3u8', 'index.mpd', 'v720/index.m3u8', 'v720/iframes.m3u8', 'v720/segments.json', 'v720/init-0.mp4'],
    ...['v720/12.m4s', 'v720/12.0.m4s', 'a1/12.m4s', 'poster.jpg', 'thumbs.vtt', 'thumbs-0.jpg', 'download.mp4'],
  ];
  return [
    ...below.map((file) => `/b/${broadcast}/${file}`),
    ...['m3u8', 'mpd'].map((ending) => `/live/${channel}/index.${ending}`),
    ...['index.m3u8', 'index.mpd', 'download.mp4'].map((file) => `/clip/${clip}/${file}`),
    `/live/${channel}/index.m3u8?start=0`,
    `/live/${foreign}/index.m3u8`,
    `/x/${foreign}/live.m3u8`,
    `/x/${foreign}/1.ts`,
    `/steering/${channel}`,
    `/api/v1/watch/${channel}`,
    `/api/v1/watch/${channel}/replays`,
    `/api/v1/watch-replay/${broadcast}`,
    `/api/v1/watch-clip/${clip}`,
  ];
}
