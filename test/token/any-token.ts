import type { AskedMedia, ViewerPlace } from '../../workers/token/policy.ts';

/** Seconds and ms since the Unix epoch of the tests' fixed clock: 2026-11-21T12:00:00Z. */
export const nowS = 1_795_262_400;
export const nowMs = 1_000 * nowS;

/** The channel and the broadcast that are asked for. */
export const channel = 'news';
export const broadcast = 'b_1k3m5p7r9t0000000000';

/** Claims that open the channel for a minute. */
export const claims = Object.freeze({ aud: 'headwater', res: `channel:${channel}`, exp: nowS + 60 });

/** A media playlist of the live broadcast. */
export const asked: AskedMedia = {
  channel,
  broadcast,
  clip: null,
  scopes: ['live', 'dvr'],
  kind: 'manifest',
  height: 720,
  sites: null,
};

export const place: ViewerPlace = Object.freeze({
  country: 'DE',
  address: '203.0.113.9',
  site: 'example.com',
  isForPage: false,
});
