import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { broadcastLimits, controlLimits } from '#shared/limits.ts';
import { latencyModes, visibilities } from '#shared/model/broadcast.ts';
import { isBroadcastId, isChannelName } from '#shared/model/id.ts';

z.config(en());

/** A schema whose output is `T`. */
export type Schema<T> = z.ZodMiniType<T>;

const issuesShownMax = 3;

/** One sentence from what is wrong with an input. Names fields, never repeats their values. */
export function explain(error: z.core.$ZodError): string {
  const issues = error.issues.slice(0, issuesShownMax).map((issue) => {
    const path = issue.path.join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  return `${issues.join('; ')}.`.slice(0, controlLimits.sentenceCharsMax);
}

/** Not allowed in text that people read: control characters, line breaks, direction overrides, half characters. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

/** Text for people: NFC, trimmed, without control characters; lengths in code points. */
function printable(charsMin: number, charsMax: number) {
  return z.pipe(
    z.string(),
    z.transform((text: string, context) => {
      const clean = text.normalize('NFC').trim();
      const chars = [...clean].length;
      const refuse = (message: string) => context.issues.push({ code: 'custom', input: text, message });
      if (unprintable.test(clean)) refuse('control characters and line breaks are not allowed');
      if (chars < charsMin || chars > charsMax) refuse(`must have ${charsMin} to ${charsMax} characters`);
      return clean;
    }),
  );
}

/** What viewers read. */
export const title = printable(1, controlLimits.titleCharsMax);
const latency = z.enum(latencyModes);
const visibility = z.enum(visibilities);
const reconnectWindowMs = z.int().check(z.gte(0), z.lte(controlLimits.reconnectWindowMsMax));
/** A channel's id in a body. */
export const channelName = z
  .string()
  .check(z.refine(isChannelName, 'must be lower-case letters, digits and single dashes, at most 64'));

const sourceUrl = z.nullable(
  z.string().check(z.maxLength(controlLimits.sourceUrlCharsMax), z.regex(/^[\x21-\x7e]+$/, 'must be an address')),
);

const retention = z.discriminatedUnion('keep', [
  z.strictObject({ keep: z.literal('all') }),
  z.strictObject({
    keep: z.literal('days'),
    days: z.int().check(z.gte(1), z.lte(controlLimits.retentionDaysMax)),
  }),
  z.strictObject({
    keep: z.literal('last'),
    count: z.int().check(z.gte(0), z.lte(controlLimits.retentionLastMax)),
  }),
]);

/** `POST /channels`; unknown fields are refused. */
export const newChannel = z.strictObject({
  id: z.optional(channelName),
  title,
  latency: z._default(latency, 'low'),
  visibility: z._default(visibility, 'public'),
  reconnectWindowMs: z._default(reconnectWindowMs, broadcastLimits.reconnectWindowMsDefault),
  slate: z._default(z.boolean(), false),
  sourceUrl: z._default(sourceUrl, null),
  retention: z._default(retention, { keep: 'all' }),
});
export type NewChannel = z.output<typeof newChannel>;

/** `PATCH /channels/:id`; unknown fields are refused, missing ones stay as they are. */
export const channelChange = z.strictObject({
  title: z.optional(title),
  latency: z.optional(latency),
  visibility: z.optional(visibility),
  reconnectWindowMs: z.optional(reconnectWindowMs),
  slate: z.optional(z.boolean()),
  disabled: z.optional(z.boolean()),
  sourceUrl: z.optional(sourceUrl),
  retention: z.optional(retention),
});
export type ChannelChange = z.output<typeof channelChange>;

/** What people call a key or a link. */
export const label = printable(0, controlLimits.labelCharsMax);

/** `POST /channels/:id/keys`; unknown fields are refused. */
export const newStreamKey = z.strictObject({
  label: z._default(label, ''),
});
export type NewStreamKey = z.output<typeof newStreamKey>;

/** `PATCH /origins/:id`; unknown fields are refused. */
export const originChange = z.strictObject({ draining: z.boolean() });
export type OriginChange = z.output<typeof originChange>;

/** `PATCH /broadcasts/:id`; null: as its channel says. Unknown fields are refused, missing ones stay as they are. */
export const broadcastChange = z.strictObject({
  title: z.optional(z.nullable(title)),
  visibility: z.optional(z.nullable(visibility)),
});
export type BroadcastChange = z.output<typeof broadcastChange>;

const clockMs = z.int().check(z.gte(0), z.lte(8_640_000_000_000_000));
const broadcastId = z.string().check(z.refine(isBroadcastId, 'must be the id of a broadcast'));

/** `POST /clips`: of a broadcast or of a channel's current one, a range or what came last; unknown fields are refused. */
export const newClip = z
  .strictObject({
    broadcast: z.optional(broadcastId),
    channel: z.optional(channelName),
    title: z.optional(title),
    startMs: z.optional(clockMs),
    endMs: z.optional(clockMs),
    lastS: z.optional(z.number().check(z.gte(controlLimits.clipMsMin / 1_000), z.lte(controlLimits.clipLastSMax))),
    visibility: z.optional(visibility),
  })
  .check(
    z.refine(({ broadcast, channel }) => (broadcast === undefined) !== (channel === undefined), {
      message: 'give either broadcast or channel',
    }),
    z.refine(
      ({ startMs, endMs, lastS }) =>
        lastS === undefined
          ? startMs !== undefined && endMs !== undefined
          : startMs === undefined && endMs === undefined,
      { message: 'give either startMs and endMs or lastS' },
    ),
    z.refine(({ startMs = 0, endMs = Number.POSITIVE_INFINITY }) => endMs - startMs >= controlLimits.clipMsMin, {
      message: `endMs must lie at least ${controlLimits.clipMsMin} ms after startMs`,
    }),
  );
export type NewClip = z.output<typeof newClip>;

/** `PATCH /clips/:id`; unknown fields are refused, missing ones stay as they are. */
export const clipChange = z.strictObject({ title: z.optional(title), visibility: z.optional(visibility) });
export type ClipChange = z.output<typeof clipChange>;

/** `POST /session`: one of the three. */
export const sessionRequest = z.union([
  z.strictObject({ channel: printable(1, controlLimits.labelCharsMax) }),
  z.strictObject({ broadcast: printable(1, controlLimits.labelCharsMax) }),
  z.strictObject({ clip: printable(1, controlLimits.labelCharsMax) }),
]);
export type SessionRequest = Readonly<Partial<Record<'channel' | 'broadcast' | 'clip', string | undefined>>>;

/** Query of the calls that list page by page. */
export const page = z.object({
  limit: z._default(
    z.pipe(
      z.string().check(z.regex(/^[0-9]{1,4}$/, 'must be a number')),
      z.pipe(
        z.transform((text: string) => Number(text)),
        z.int().check(z.gte(1), z.lte(controlLimits.pageMax)),
      ),
    ),
    controlLimits.pageDefault,
  ),
  cursor: z._default(z.string().check(z.maxLength(64)), ''),
});
export type Page = z.output<typeof page>;
