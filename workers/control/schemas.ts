import { z } from '@hono/zod-openapi';
import { signingLimits } from '#shared/limits/access.ts';
import { controlLimits } from '#shared/limits/control.ts';
import { latencyModes, visibilities } from '#shared/model/broadcast.ts';
import { isBroadcastId, isChannelName } from '#shared/model/id.ts';

/** A schema whose output is `T`. */
export interface Schema<T> {
  safeParse(
    input: unknown,
  ): { readonly success: true; readonly data: T } | { readonly success: false; readonly error: z.core.$ZodError };
}

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
export function printable(charsMin: number, charsMax: number) {
  const hasLength = (text: string) => {
    const chars = [...text].length;
    return chars >= charsMin && chars <= charsMax;
  };
  return z
    .string()
    .overwrite((text) => text.normalize('NFC').trim())
    .refine((text) => !unprintable.test(text), 'control characters and line breaks are not allowed')
    .refine(hasLength, `must have ${charsMin} to ${charsMax} characters`)
    .openapi({ minLength: charsMin, maxLength: charsMax });
}

/** What viewers read. */
export const title = printable(1, controlLimits.titleCharsMax);
/** What people call a key or a link. */
export const label = printable(0, controlLimits.labelCharsMax);
export const latency = z.enum(latencyModes);
export const visibility = z.enum(visibilities);

/** A channel's id in a body. */
export const channelName = z
  .string()
  .refine(isChannelName, 'must be lower-case letters, digits and single dashes, at most 64')
  .openapi({ pattern: '^[a-z0-9]+(?:[-_][a-z0-9]+)*$', maxLength: 64, example: 'news' });

/** A broadcast's id in a body. */
export const broadcastId = z
  .string()
  .refine(isBroadcastId, 'must be the id of a broadcast')
  .openapi({ pattern: '^b_[0-9a-z]{20}$', example: 'b_01jd5m3k8q2wxyz01234' });

/** An origin's id in a body, as its own configuration allows it. */
export const originName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be lower-case letters, digits, - and _, at most 63')
  .openapi({ example: 'fra-1' });

/** Hosts whose pages may play, as the claim `sites` of a playback token lists them. */
export const siteList = z
  .array(
    z
      .string()
      .max(253)
      .regex(/^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?$/, 'must be a host'),
  )
  .min(1)
  .max(signingLimits.sitesMax);

/** A time, ms since the Unix epoch. */
export const timeMs = z.int().min(0).max(8_640_000_000_000_000);

/** A part of its own in the document, or null: by `nullable()` the part itself would become so. */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, z.null()]);
}

/** Of one channel. */
const ofChannel = { channel: z.string().max(64).optional() };

/** Query of the calls that list page by page. */
export const page = z.object({
  limit: z
    .string()
    .regex(/^[0-9]{1,4}$/, 'must be a number')
    .transform(Number)
    .pipe(z.int().min(1).max(controlLimits.pageMax))
    .default(controlLimits.pageDefault)
    .openapi({ type: 'integer', minimum: 1, maximum: controlLimits.pageMax, default: controlLimits.pageDefault }),
  cursor: z.string().max(64).default('').openapi({ description: '`next` of the page before.' }),
});
export type Page = z.output<typeof page>;

/** The same, of one channel. */
export const pageOfChannel = page.extend(ofChannel);

/** `next` of a page; null on the last. */
export const next = z.string().nullable().openapi({ description: '`cursor` of the next page; null on the last.' });
