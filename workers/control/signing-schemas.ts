import * as z from 'zod/mini';
import { deskLimits, signingLimits } from '#shared/limits.ts';
import { isBroadcastId } from '#shared/model/id.ts';
import { revocationKinds } from '../access/desk/revocation-book.ts';
import { channelName, label } from './schemas.ts';

const timeMs = z.int().check(z.gte(1));
const algorithms = ['HS256', 'ES256', 'EdDSA'] as const;

/** `POST /signing-keys`: made here, or a customer's public key, or the address of a customer's key set. */
export const newSigningKey = z
  .strictObject({
    channel: z._default(z.nullable(channelName), null),
    algorithm: z.optional(z.enum(algorithms)),
    jwk: z.optional(z.looseObject({})),
    jwksUrl: z.optional(z.string().check(z.maxLength(signingLimits.jwksUrlCharsMax))),
    label: z._default(label, ''),
  })
  .check(
    z.refine(
      ({ algorithm, jwk, jwksUrl }) => [algorithm, jwk, jwksUrl].filter((given) => given !== undefined).length === 1,
      'give one of algorithm, jwk and jwksUrl',
    ),
  );
export type NewSigningKey = z.output<typeof newSigningKey>;

/** `POST /signing-keys/:kid/rotate`. */
export const rotation = z.strictObject({
  overlapMs: z._default(z.int().check(z.gte(0), z.lte(signingLimits.tokenLifeMsMax)), signingLimits.tokenLifeMsMax),
});

const host = z
  .string()
  .check(z.maxLength(253), z.regex(/^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?$/, 'must be a host'));
const country = z.string().check(z.regex(/^!?(?:[A-Z]{2}|\*)$/, 'must be a rule such as DE, !US, * or !*'));
const prefix = z
  .string()
  .check(z.maxLength(43), z.regex(/^[0-9a-fA-F:.]+(?:\/[0-9]{1,3})?$/, 'must be an IP address or prefix'));
const viewer = z
  .string()
  .check(z.minLength(1), z.maxLength(signingLimits.viewerCharsMax), z.regex(/^[\x21-\x7e]+$/, 'must be visible ASCII'));
const epochS = z.int().check(z.gte(0), z.lte(253_402_300_799));
const scopes = ['live', 'dvr', 'replay', 'clip', 'download'] as const;

/** `POST /links`. Which things go together is decided where the link is made. */
export const newLink = z.strictObject({
  channel: z.optional(channelName),
  broadcast: z.optional(z.string().check(z.refine(isBroadcastId, 'must be a broadcast id'))),
  clip: z.optional(z.string().check(z.regex(/^[a-z]+_[0-9a-z]{20}$/, 'must be a clip id'))),
  preset: z.optional(z.enum(['1h', '24h', 'until-end'])),
  expiresMs: z.optional(timeMs),
  renewUntilMs: z.optional(timeMs),
  uses: z.optional(z.int().check(z.gte(1), z.lte(signingLimits.usesMax))),
  sites: z.optional(z.array(host).check(z.minLength(1), z.maxLength(signingLimits.sitesMax))),
  countries: z.optional(z.array(country).check(z.minLength(1), z.maxLength(signingLimits.countriesMax))),
  net: z.optional(z.array(prefix).check(z.minLength(1), z.maxLength(signingLimits.prefixesMax))),
  maxHeight: z.optional(z.int().check(z.gte(1), z.lte(16_384))),
  maxStreams: z.optional(z.int().check(z.gte(1), z.lte(signingLimits.streamsMax))),
  whenFull: z.optional(z.enum(['refuse-newest', 'end-oldest'])),
  viewer: z.optional(viewer),
  scopes: z.optional(z.array(z.enum(scopes)).check(z.minLength(1), z.maxLength(scopes.length))),
  start: z.optional(epochS),
  end: z.optional(epochS),
  label: z._default(label, ''),
});
export type NewLink = z.output<typeof newLink>;

/** `POST /revocations`. */
export const newRevocation = z.strictObject({
  kind: z.enum(revocationKinds),
  value: z
    .string()
    .check(z.minLength(1), z.maxLength(deskLimits.valueCharsMax), z.regex(/^[\x21-\x7e]+$/, 'must be visible ASCII')),
  issuedBeforeMs: z.optional(timeMs),
  untilMs: z.optional(timeMs),
  label: z._default(label, ''),
});
export type NewRevocation = z.output<typeof newRevocation>;

/** `kind` in the query of `GET /revocations`. */
export const revocationFilter = z.object({ kind: z._default(z.nullable(z.enum(revocationKinds)), null) });
