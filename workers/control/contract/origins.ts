import { z } from '@hono/zod-openapi';
import { counterNames } from '../../cache/counters.ts';
import { next, page, timeMs } from '../schemas.ts';
import { admin, viewer } from './access.ts';
import { operation, type Shape } from './operation.ts';

const place = z.object({ name: z.string(), latitude: z.number(), longitude: z.number() });

const origin = z
  .object({
    id: z.string(),
    url: z.string(),
    version: z.string(),
    load: z.number(),
    seenMs: timeMs,
    broadcasts: z.int().openapi({ description: 'Open ones.' }),
    dead: z.boolean(),
    draining: z.boolean().openapi({ description: 'Takes no new broadcasts.' }),
    region: z.string().nullable().openapi({ description: 'In the words of its operator.' }),
    capacity: z
      .int()
      .nullable()
      .openapi({ description: 'What its machine encodes, pixels a second as x264 counts them.' }),
    key: z
      .string()
      .nullable()
      .openapi({ description: "Id of the key that it joined for; null: it has the deployment's." }),
    ingest: z
      .object({ rtmpUrl: z.string(), rtmpsUrl: z.string().nullable(), place: place.nullable() })
      .nullable()
      .openapi({ description: 'Where encoders reach it; null: not in the public directory.' }),
  })
  .openapi('Origin');
/** An origin as the operator sees it. */
export type OriginDetails = Shape<typeof origin>;

const originChange = z.strictObject({ draining: z.boolean() }).openapi('OriginChange');
export type OriginChange = z.output<typeof originChange>;

const pop = z
  .object({
    pop: z.string(),
    seenMs: timeMs.openapi({ description: 'When it last told its counts.' }),
    counters: z.partialRecord(z.enum(counterNames), z.number()).openapi({
      type: 'object',
      additionalProperties: { type: 'number' },
      description: 'docs/operate/counters.md says what each is.',
    }),
  })
  .openapi('Pop');
/** A PoP as the operator sees it. */
export type PopDetails = Shape<typeof pop>;

export const listOriginsCall = operation({
  tag: 'Origins',
  id: 'listOrigins',
  method: 'get',
  path: '/origins',
  summary: 'Origins, by id.',
  access: viewer('deployment'),
  query: page,
  status: 200,
  answer: z.object({ origins: z.array(origin), next }),
});

export const changeOriginCall = operation({
  tag: 'Origins',
  id: 'changeOrigin',
  method: 'patch',
  path: '/origins/{id}',
  summary: 'Lets an origin take new broadcasts, or no more.',
  access: admin,
  body: originChange,
  status: 204,
  refusals: ['not_found'],
});

export const deleteOriginCall = operation({
  tag: 'Origins',
  id: 'deleteOrigin',
  method: 'delete',
  path: '/origins/{id}',
  summary: 'Takes a dead origin that holds no open broadcasts out of the list, and its key back. What it made stays.',
  access: admin,
  status: 204,
  refusals: ['not_found', 'conflict'],
});

export const listPopsCall = operation({
  tag: 'Origins',
  id: 'listPops',
  method: 'get',
  path: '/pops',
  summary: 'PoPs with their counters, by name.',
  access: viewer('deployment'),
  query: page,
  status: 200,
  answer: z.object({ pops: z.array(pop), next }),
});
