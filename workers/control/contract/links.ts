import { z } from '@hono/zod-openapi';
import { signingLimits } from '#shared/limits/access.ts';
import { isNetwork } from '../../token/network.ts';
import { broadcastId, channelName, label, next, pageOfChannel, siteList, timeMs } from '../schemas.ts';
import { owner, viewer } from './access.ts';
import { operation, type Shape } from './operation.ts';

const scopes = ['live', 'dvr', 'replay', 'clip', 'download'] as const;
const whenMs = z.int().min(1);
const epochS = z.int().min(0).max(253_402_300_799);
const country = z.string().regex(/^!?(?:[A-Z]{2}|\*)$/, 'must be a rule such as DE, !US, * or !*');
const prefix = z
  .string()
  .max(43)
  .refine(isNetwork, 'must be an IP address or prefix')
  .openapi({ pattern: '^[0-9a-fA-F:.]+(?:/[0-9]{1,3})?$', example: '203.0.113.0/24' });
const person = z
  .string()
  .min(1)
  .max(signingLimits.viewerCharsMax)
  .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII');

const newLink = z
  .strictObject({
    channel: channelName.optional(),
    broadcast: broadcastId.optional(),
    clip: z
      .string()
      .regex(/^[a-z]+_[0-9a-z]{20}$/, 'must be a clip id')
      .optional(),
    preset: z.enum(['1h', '24h', 'until-end']).optional(),
    expiresMs: whenMs.optional(),
    renewUntilMs: whenMs.optional(),
    uses: z.int().min(1).max(signingLimits.usesMax).optional(),
    sites: siteList.optional(),
    anySite: z
      .literal(true)
      .optional()
      .openapi({ description: 'Files may be had whatever sites the channel lists; with scopes of download alone.' }),
    countries: z.array(country).min(1).max(signingLimits.countriesMax).optional(),
    net: z.array(prefix).min(1).max(signingLimits.prefixesMax).optional(),
    maxHeight: z.int().min(1).max(16_384).optional(),
    maxStreams: z.int().min(1).max(signingLimits.streamsMax).optional(),
    whenFull: z.enum(['refuse-newest', 'end-oldest']).optional(),
    viewer: person.optional(),
    scopes: z.array(z.enum(scopes)).min(1).max(scopes.length).optional(),
    start: epochS.optional(),
    end: epochS.optional(),
    label: label.default(''),
  })
  .openapi('NewLink', { description: 'docs/protocol/control-api.md says which things go together.' });
export type NewLink = z.output<typeof newLink>;

const link = z
  .object({
    id: z.string(),
    channel: z.string().nullable(),
    broadcast: z.string().nullable(),
    clip: z.string().nullable(),
    state: z.enum(['active', 'expired', 'used_up', 'ended', 'revoked']),
    scopes: z.array(z.string()),
    kid: z.string(),
    createdBy: z.string(),
    createdMs: timeMs,
    expiresMs: timeMs,
    renewUntilMs: timeMs.nullable(),
    usesMax: z.int().nullable(),
    uses: z.int(),
    lastUseMs: timeMs.nullable(),
    settings: z
      .object({
        sub: z.string().optional(),
        max_height: z.int().optional(),
        start: z.int().optional(),
        end: z.int().optional(),
        geo: z.array(z.string()).optional(),
        net: z.array(z.string()).optional(),
        sites: z.array(z.string()).optional(),
        any_site: z.literal(true).optional(),
        max_streams: z.int().optional(),
        when_full: z.string().optional(),
      })
      .openapi({ description: 'Claims of the token beside those above, by their names there.' }),
    revokedMs: timeMs.nullable(),
    label: z.string(),
  })
  .openapi('Link');
/** A signed link as its owner sees it, without its token. */
export type LinkDetails = Shape<typeof link>;

const createdLink = link
  .extend({
    token: z.string().openapi({ description: 'Told this once.' }),
    urls: z
      .object({
        watch: z.string(),
        embed: z.string(),
        hls: z.string(),
        dash: z.string(),
        download: z.string().nullable(),
      })
      .openapi({ description: 'Paths on every PoP; no download where the link leaves no file whole or is counted.' }),
  })
  .openapi('CreatedLink');

const of = { tag: 'Who may watch', path: '/links/{id}', refusals: ['not_found'] } as const;

export const createLinkCall = operation({
  ...of,
  id: 'createLink',
  method: 'post',
  path: '/links',
  summary: 'Makes a signed link.',
  access: owner('body'),
  body: newLink,
  status: 201,
  answer: createdLink,
  refusals: ['not_found', 'conflict', 'not_configured'],
});

export const listLinksCall = operation({
  ...of,
  id: 'listLinks',
  method: 'get',
  path: '/links',
  summary: 'Links, newest first.',
  access: viewer('list'),
  query: pageOfChannel,
  status: 200,
  answer: z.object({ links: z.array(link), next }),
  refusals: [],
});

export const getLinkCall = operation({
  ...of,
  id: 'getLink',
  method: 'get',
  summary: 'One link.',
  access: viewer('link'),
  status: 200,
  answer: link,
});

export const revokeLinkCall = operation({
  ...of,
  id: 'revokeLink',
  method: 'delete',
  summary: 'Ends a link and every session that began with it.',
  access: owner('link'),
  status: 204,
  refusals: ['not_found', 'conflict'],
});
