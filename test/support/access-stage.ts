import type { EdgeOptions } from './edge.ts';
import { EdgeStage } from './edge-stage.ts';
import type { Reply, SendOptions } from './http-send.ts';
import { enterKeys, mintJwt, newTestKey, type TestKey } from './token-mint.ts';

const multivariant = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Sound",URI="a1/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=4000000,RESOLUTION=1920x1080,AUDIO="a"
v1080/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=1280x720,AUDIO="a"
v720/index.m3u8
`;

const mpd = `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" profiles="urn:mpeg:dash:profile:isoff-live:2011">
  <Period id="1" start="PT0S">
    <AdaptationSet contentType="video">
      <SegmentTemplate media="$RepresentationID$/$Number$.m4s" initialization="$RepresentationID$/init-0.mp4"/>
      <Representation id="v720" bandwidth="2000000" height="720"/>
    </AdaptationSet>
  </Period>
</MPD>
`;

/** A signed channel that is live behind PoPs, with keys of every algorithm, and a fake origin that has its media. */
export interface AccessStage {
  readonly stage: EdgeStage;
  readonly channel: string;
  readonly broadcast: string;
  readonly keys: Readonly<Record<'hs' | 'es' | 'ed', TestKey>>;
  /** Claims of a token that opens the channel for a minute. */
  claims(different?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** A token of these claims, signed with `es`. */
  token(different?: Readonly<Record<string, unknown>>): string;
  get(path: string, options?: SendOptions & { readonly pop?: string }): Promise<Reply>;
}

/** Starts the edge with a signed channel. */
export async function startAccessStage(options: Omit<EdgeOptions, 'originUrl'> = {}): Promise<AccessStage> {
  const stage = await EdgeStage.start(options);
  const { channel, broadcast } = await stage.edge.addBroadcast('signed');
  const keys = { hs: newTestKey('hs', 'HS256'), es: newTestKey('es', 'ES256'), ed: newTestKey('ed', 'EdDSA') };
  await enterKeys(stage.edge, Object.values(keys));
  fillOrigin(stage, broadcast);
  const claims = (different = {}) => ({
    aud: 'headwater',
    res: `channel:${channel}`,
    exp: Math.floor(Date.now() / 1_000) + 60,
    ...different,
  });
  return {
    stage,
    channel,
    broadcast,
    keys,
    claims,
    token: (different) => mintJwt(keys.es, claims(different)),
    get: (path, { pop, ...send } = {}) => stage.get(path, pop, send),
  };
}

/** What a broadcast consists of, at the fake origin. */
export function fillOrigin({ origin }: EdgeStage, broadcast: string): void {
  origin.put(`/b/${broadcast}/index.m3u8`, multivariant);
  origin.put(`/b/${broadcast}/index.mpd`, mpd);
  for (const rendition of ['v720', 'v1080', 'a1']) {
    origin.putPlaylist(`/b/${broadcast}/${rendition}/index.m3u8`, {});
    origin.put(`/b/${broadcast}/${rendition}/init-0.mp4`, 'init');
    for (const msn of [10, 11, 12]) origin.put(`/b/${broadcast}/${rendition}/${msn}.m4s`, `media ${msn}`);
  }
}
