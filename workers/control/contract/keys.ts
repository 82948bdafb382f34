import { z } from '@hono/zod-openapi';
import { label, timeMs } from '../schemas.ts';
import { owner, viewer } from './access.ts';
import { operation, type Shape } from './operation.ts';

const streamKey = z
  .object({
    id: z.string(),
    label: z.string(),
    createdMs: timeMs,
    lastUsedMs: timeMs.nullable(),
    lastUsedIp: z.string().nullable(),
    lastUsedEncoder: z.string().nullable(),
  })
  .openapi('StreamKey');
/** A stream key as its owner sees it: everything but the secret. */
export type StreamKeyDetails = Shape<typeof streamKey>;

const newStreamKey = z.strictObject({ label: label.default('') }).openapi('NewStreamKey');
export type NewStreamKey = z.output<typeof newStreamKey>;

const of = { tag: 'Stream keys', path: '/channels/{id}/keys', refusals: ['not_found'] } as const;

export const createKeyCall = operation({
  ...of,
  id: 'createKey',
  method: 'post',
  summary: 'A new stream key; its clear text is told this once.',
  access: owner('channel'),
  body: newStreamKey,
  bodyMayBeMissing: true,
  status: 201,
  answer: z
    .object({ id: z.string(), label: z.string(), createdMs: timeMs, streamKey: z.string() })
    .openapi('CreatedStreamKey'),
  refusals: ['not_found', 'conflict'],
});

export const listKeysCall = operation({
  ...of,
  id: 'listKeys',
  method: 'get',
  summary: 'The stream keys of a channel, oldest first.',
  access: viewer('channel'),
  status: 200,
  answer: z.object({ keys: z.array(streamKey) }),
});

export const deleteKeyCall = operation({
  ...of,
  id: 'deleteKey',
  method: 'delete',
  path: '/channels/{id}/keys/{key}',
  summary: 'Deletes a stream key; what it publishes ends.',
  access: owner('channel'),
  status: 204,
});

export const createObsProfileCall = operation({
  ...of,
  id: 'createObsProfile',
  method: 'post',
  path: '/channels/{id}/obs-profile',
  summary: 'A profile for OBS with a new stream key and the nearest server in it.',
  access: owner('channel'),
  status: 201,
  file: 'application/zip',
  refusals: ['not_found', 'conflict'],
});
