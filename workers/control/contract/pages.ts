import { z } from '@hono/zod-openapi';
import { controlLimits } from '#shared/limits/control.ts';
import type { ProblemCode } from '#shared/model/problem.ts';
import { shownReplayStates } from '#shared/model/replay-status.ts';
import { latency, next, page, printable, timeMs } from '../schemas.ts';
import { anyone } from './access.ts';
import { channelState } from './channels.ts';
import { operation } from './operation.ts';
import { publicJwk } from './signing-keys.ts';

const here = { pop: z.string(), nowMs: timeMs };
const name = printable(1, controlLimits.labelCharsMax);

/** Why the gate keeps a viewer out. */
const gate = [
  ...(['token_missing', 'token_invalid', 'token_expired', 'token_not_yet', 'two_tokens', 'wrong_resource'] as const),
  ...(['wrong_scope', 'country_refused', 'network_refused', 'site_refused', 'token_revoked'] as const),
  ...(['link_used_up', 'too_many_streams', 'too_many_requests', 'not_configured', 'overloaded', 'too_early'] as const),
] as const satisfies readonly ProblemCode[];

const watchView = z
  .object({
    channel: z.string(),
    title: z.string(),
    state: channelState,
    latency,
    broadcast: z.string().nullable(),
    startedMs: timeMs.nullable(),
    endedMs: timeMs.nullable(),
    interruptedUntilMs: timeMs.nullable(),
    hls: z.string(),
    dash: z.string(),
    ...here,
  })
  .openapi('WatchView');

const card = {
  broadcast: z.string(),
  title: z.string(),
  state: z.enum(shownReplayStates),
  startedMs: timeMs,
  endedMs: timeMs.nullable(),
  durationS: z.number().nullable(),
  poster: z.string(),
};

const replayView = z
  .object({ ...card, channel: z.string(), hls: z.string(), dash: z.string(), thumbs: z.string(), ...here })
  .openapi('ReplayView');

const clipView = z
  .object({
    clip: z.string(),
    title: z.string(),
    channel: z.string(),
    channelTitle: z.string(),
    broadcast: z.string(),
    createdMs: timeMs,
    startMs: timeMs,
    endMs: timeMs,
    durationS: z.number(),
    startOffsetS: z.number(),
    endOffsetS: z.number(),
    hls: z.string(),
    dash: z.string(),
    download: z.string(),
    page: z.string(),
    ...here,
  })
  .openapi('ClipView');

const liveChannel = z
  .object({
    channel: z.string(),
    title: z.string(),
    state: channelState,
    startedMs: timeMs,
    height: z.number().nullable(),
  })
  .openapi('LiveChannel');

const ingest = z
  .object({
    _id: z.string(),
    name: z.string(),
    default: z.boolean(),
    availability: z.number(),
    priority: z.int(),
    url_template: z.string(),
    url_template_secure: z.string().nullable(),
    url_template_backup: z.string().nullable(),
    url_template_secure_backup: z.string().nullable(),
    distance_km: z.number().nullable(),
  })
  .openapi('Ingest');

const session = z
  .object({
    session: z.string().nullable().openapi({ description: 'Null where no token is needed.' }),
    hls: z.string(),
    dash: z.string(),
    expiresMs: timeMs.nullable(),
    nowMs: timeMs,
  })
  .openapi('Session');

const embeddedOn = z
  .string()
  .regex(/^[a-z0-9.-]{1,253}(?::\d{1,5})?$/)
  .optional()
  .openapi({ description: 'Host of the site that shows our page in a frame; only that page is believed it.' });

const sessionRequest = z
  .union([
    z.strictObject({ channel: name, embeddedOn }),
    z.strictObject({ broadcast: name, embeddedOn }),
    z.strictObject({ clip: name, embeddedOn }),
  ])
  .openapi('SessionRequest', { description: 'What is to be played.' });
export type SessionRequest = Readonly<
  Partial<Record<'channel' | 'broadcast' | 'clip' | 'embeddedOn', string | undefined>>
>;

const of = { tag: 'Pages', method: 'get', access: anyone, status: 200 } as const;
const watch = { ...of, refusals: ['not_found', 'gone', ...gate] } as const;

export const watchChannelCall = operation({
  ...watch,
  id: 'watchChannel',
  path: '/watch/{channel}',
  summary: 'What the watch page needs to know.',
  answer: watchView,
});

export const watchReplaysCall = operation({
  ...watch,
  id: 'watchReplays',
  path: '/watch/{channel}/replays',
  summary: "A channel's replays, newest first.",
  query: page,
  answer: z.object({ replays: z.array(z.object(card).openapi('ReplayCard')), next }),
});

export const watchReplayCall = operation({
  ...watch,
  id: 'watchReplay',
  path: '/watch-replay/{broadcast}',
  summary: 'What the replay page needs to know.',
  answer: replayView,
});

export const watchClipCall = operation({
  ...watch,
  id: 'watchClip',
  path: '/watch-clip/{id}',
  summary: 'What the page of a clip needs to know.',
  answer: clipView,
});

export const beginSessionCall = operation({
  ...watch,
  id: 'beginSession',
  method: 'post',
  path: '/session',
  summary: 'Exchanges a playback token for a session.',
  body: sessionRequest,
  status: 201,
  answer: session,
});

export const listLiveCall = operation({
  ...of,
  id: 'listLive',
  path: '/live',
  summary: 'Public channels that are live or interrupted now.',
  answer: z.object({ channels: z.array(liveChannel), ...here }),
});

export const listIngestsCall = operation({
  ...of,
  id: 'listIngests',
  path: '/ingests',
  summary: 'Where to publish, the best for whoever asks first.',
  answer: z.object({ ingests: z.array(ingest) }),
});

export const getJwksCall = operation({
  ...of,
  id: 'getJwks',
  path: '/jwks',
  summary: "Public keys of the deployment's own signing keys.",
  answer: z.object({ keys: z.array(publicJwk) }),
});
