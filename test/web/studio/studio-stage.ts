import type { BrowserContextOptions, Page } from 'playwright-core';
import type { BroadcastWithReport, Channel } from '#shared/api/shapes.ts';
import type { SectionName } from '../../../web/src/studio/place.ts';
import type { PagesServer } from '../../support/pages-server.ts';
import type { Stage } from '../stage.ts';
import {
  broadcastOf,
  channelOf,
  clipOf,
  importOf,
  ingestOf,
  joinTokenOf,
  keyOf,
  linkOf,
  nowMs,
  originOf,
  replayOf,
  webhookOf,
} from './facts.ts';

export const apiToken = 'token-of-the-studio-tests';

/** Everything that the studio asks for is answered: a live channel with something in every list. */
export function answerStudio(
  { server }: Stage,
  channel: Partial<Channel> = {},
  broadcast: Partial<BroadcastWithReport> = {},
  role = 'admin',
): void {
  const shiftMs = Date.now() - nowMs;
  const say = (path: string, body: unknown, status = 200) => server.answer(path, status, body);
  say('/api/v1/me', { id: 'tk_1', role, channel: role === 'owner' ? 'news' : null });
  const news = channelOf(channel);
  say('/api/v1/channels', { channels: [news, channelOf({ id: 'sports', title: 'Sports' })], next: null });
  say('/api/v1/channels/news', news);
  say('/api/v1/channels/sports', channelOf({ id: 'sports', title: 'Sports', state: 'waiting', broadcast: null }));
  say(`/api/v1/broadcasts/${news.broadcast}`, () => {
    const startedMs = nowMs + shiftMs - 725_000;
    return { ...broadcastOf({ startedMs }), updatedMs: Date.now(), ...broadcast };
  });
  say('/api/v1/ingests', { ingests: [ingestOf(), ingestOf({ _id: 'iad-1', name: 'Ashburn', distance_km: 6_560 })] });
  const key = keyOf({ createdMs: nowMs + shiftMs - 86_400_000, lastUsedMs: nowMs + shiftMs - 720_000 });
  say('/api/v1/channels/news/keys', { keys: [key, keyOf({ id: 'sk_2', label: '', lastUsedMs: null })] });
  say('/api/v1/channels/sports/keys', { keys: [] });
  const replays = [
    replayOf({ id: 'b_00000000000000000003', state: 'uploading', uploaded: 0.42 }),
    replayOf({ id: 'b_00000000000000000002' }),
    replayOf({ id: 'b_00000000000000000000', state: 'partial', gapMs: 12_000 }),
  ];
  say('/api/v1/channels/news/replays', { replays, next: null });
  const made = { partsMissing: [], sizeBytes: 1_420_000_000 };
  const imports = [
    importOf({ ...made, id: 'i_4', title: null, name: 'Interview.mov', state: 'encoding', share: 0.426 }),
    importOf({ ...made, id: 'i_3', title: 'Half-time', state: 'ready', share: 1, broadcast: 'b_00000000000000000002' }),
  ];
  say('/api/v1/channels/news/imports', { imports, next: null });
  say('/api/v1/clips', { clips: [clipOf(), clipOf({ id: 'cl_2', title: 'Another one', durationS: 8 })], next: null });
  const expiresMs = nowMs + shiftMs + 86_000_000;
  const links = [
    linkOf({ expiresMs, lastUseMs: nowMs + shiftMs - 120_000 }),
    linkOf({ id: 'ln_2', state: 'revoked', label: '', settings: {}, usesMax: null, uses: 0, lastUseMs: null }),
  ];
  say('/api/v1/links', { links, next: null });
  const off = webhookOf({ id: 'wh_2', label: '', types: [], channel: null, disabledMs: 1, disabledWhy: '10 refusals' });
  say('/api/v1/webhooks', { webhooks: [webhookOf(), off], next: null });
  const delivery = { event: 7, type: 'channel.live', atMs: nowMs, attempt: 1, status: 204, error: null, tookMs: 85 };
  say('/api/v1/webhooks/wh_1/deliveries', { deliveries: [delivery] });
  answerOrigins(server);
}

/** Three origins: one at work, one that drains, one that is gone. */
function answerOrigins(server: PagesServer): void {
  server.answer('/api/v1/origins', 200, () => {
    const seenMs = Date.now() - 2_000;
    const ams = { ingest: null, region: null, capacity: null, load: 0.08, broadcasts: 1 };
    const gone = { seenMs: seenMs - 5_400_000, dead: true, broadcasts: 0, region: 'us-east' };
    return {
      origins: [
        originOf({ ...ams, id: 'ams-1', seenMs, draining: true }),
        originOf({ seenMs }),
        originOf({ ...gone, id: 'iad-1' }),
      ],
      next: null,
    };
  });
  const expiresMs = Date.now() + 3_540_000;
  const used = joinTokenOf({ id: 'jt_0', label: '', origin: 'ams-1', state: 'used_up', uses: 1, lastUsedMs: nowMs });
  const joinTokens = [joinTokenOf({ expiresMs }), used];
  server.answer('/api/v1/join-tokens', 200, { joinTokens, next: null });
}

/** Opens a section in a tab that is signed in. */
export async function openStudio(
  stage: Stage,
  section: SectionName = 'live',
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await stage.open('/studio', options);
  await page.evaluate((token) => sessionStorage.setItem('headwater.studio.token', token), apiToken);
  await page.goto(`${stage.server.url}/studio?#/${section}/news`);
  await page.locator(`#section-${section}`).waitFor();
  return page;
}

/** What a page keeps in its browser, as text. */
export function stored(page: Page): Promise<string> {
  return page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
}
