import { z } from '@hono/zod-openapi';
import { controlLimits } from '#shared/limits/control.ts';
import { label, next, page, timeMs } from '../schemas.ts';
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
    expiresMs: timeMs.nullable().openapi({ description: 'It is refused from then on; null: no end is set.' }),
    replacedBy: z.string().nullable().openapi({ description: 'The key that was made for it.' }),
  })
  .openapi('StreamKey');
/** A stream key as its owner sees it: everything but the secret. */
export type StreamKeyDetails = Shape<typeof streamKey>;

const newStreamKey = z.strictObject({ label: label.default('') }).openapi('NewStreamKey');
export type NewStreamKey = z.output<typeof newStreamKey>;

const keyChange = z.strictObject({ label }).openapi('StreamKeyChange');
export type StreamKeyChange = z.output<typeof keyChange>;

const rotation = z
  .strictObject({
    graceMs: z
      .int()
      .min(0)
      .max(controlLimits.keyGraceMsMax)
      .default(controlLimits.keyGraceMsDefault)
      .openapi({ description: 'For how long the old key is taken; 0: no more, and what it publishes ends.' }),
  })
  .openapi('StreamKeyRotation');

const createdStreamKey = z
  .object({ id: z.string(), label: z.string(), createdMs: timeMs, streamKey: z.string() })
  .openapi('CreatedStreamKey');

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
  answer: createdStreamKey,
  refusals: ['not_found', 'conflict'],
});

export const listKeysCall = operation({
  ...of,
  id: 'listKeys',
  method: 'get',
  summary: 'The stream keys of a channel, oldest first.',
  access: viewer('channel'),
  query: page,
  status: 200,
  answer: z.object({ keys: z.array(streamKey), next }),
});

export const changeKeyCall = operation({
  ...of,
  id: 'changeKey',
  method: 'patch',
  path: '/channels/{id}/keys/{key}',
  summary: 'Gives a stream key another label.',
  access: owner('channel'),
  body: keyChange,
  status: 200,
  answer: streamKey,
});

export const rotateKeyCall = operation({
  ...of,
  id: 'rotateKey',
  method: 'post',
  path: '/channels/{id}/keys/{key}/rotate',
  summary: 'A new stream key in place of another, which is taken for a while, or no more.',
  access: owner('channel'),
  body: rotation,
  bodyMayBeMissing: true,
  status: 201,
  answer: z.object({ key: createdStreamKey, old: streamKey }),
  refusals: ['not_found', 'conflict'],
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
