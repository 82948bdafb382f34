import { z } from '@hono/zod-openapi';
import { importLimits } from '#shared/limits/control.ts';
import { importStates, importWaits } from '#shared/model/import.ts';
import { next, orNull, page, printable, timeMs, title } from '../schemas.ts';
import { owner, viewer } from './access.ts';
import { operation, type Shape } from './operation.ts';

const sizeBytes = z
  .int()
  .min(1)
  .max(importLimits.partBytes * importLimits.partsMax);

const fileImport = z
  .object({
    id: z.string(),
    channel: z.string(),
    name: z.string().openapi({ description: 'Of the file.' }),
    title: z.string().nullable().openapi({ description: "Of the replay; null: the channel's." }),
    sizeBytes,
    partBytes: z.int().min(1).openapi({ description: 'Of every part but the last one, which is what is left.' }),
    partsMissing: z
      .array(z.int().min(0))
      .openapi({ description: 'Numbers of the parts that are still to be sent; the first part of a file is 0.' }),
    state: z.enum(importStates),
    share: z.number().min(0).max(1).openapi({ description: 'How far the state is.' }),
    waits: z
      .enum(importWaits)
      .nullable()
      .openapi({ description: 'Why no origin makes it yet; null: it waits for none.' }),
    origin: z.string().nullable().openapi({ description: 'Which origin makes the replay; null before one does.' }),
    broadcast: z.string().nullable().openapi({ description: 'Of the replay; null before it is ready.' }),
    problem: orNull(z.object({ code: z.string(), detail: z.string() })).openapi({ description: 'Why it failed.' }),
    createdMs: timeMs,
    updatedMs: timeMs,
  })
  .openapi('Import', { description: 'A video file that is uploaded in parts, and of which an origin makes a replay.' });
/** An import as its owner sees it. */
export type ImportDetails = Shape<typeof fileImport>;

const newImport = z
  .strictObject({
    name: printable(1, importLimits.nameCharsMax),
    sizeBytes,
    title: title.nullable().optional(),
  })
  .openapi('NewImport');
export type NewImport = z.output<typeof newImport>;

const of = { tag: 'Imports', path: '/imports/{id}', refusals: ['not_found'] } as const;
const ofChannel = { tag: 'Imports', path: '/channels/{id}/imports' } as const;

export const createImportCall = operation({
  ...ofChannel,
  id: 'createImport',
  method: 'post',
  summary: 'Begins the upload of a video file.',
  access: owner('channel'),
  body: newImport,
  status: 201,
  answer: fileImport,
  refusals: ['not_found', 'conflict'],
});

export const listImportsCall = operation({
  ...ofChannel,
  id: 'listImports',
  method: 'get',
  summary: "A channel's imports, newest first.",
  access: viewer('channel'),
  query: page,
  status: 200,
  answer: z.object({ imports: z.array(fileImport), next }),
  refusals: ['not_found'],
});

export const getImportCall = operation({
  ...of,
  id: 'getImport',
  method: 'get',
  summary: 'One import, and how far it is.',
  access: viewer('import'),
  status: 200,
  answer: fileImport,
});

export const putImportPartCall = operation({
  tag: 'Imports',
  id: 'putImportPart',
  method: 'put',
  path: '/imports/{id}/parts/{part}',
  summary: 'Takes one part of the file; the same part may come again.',
  access: owner('import'),
  takesBytes: true,
  status: 204,
  refusals: ['not_found', 'conflict', 'bad_request', 'length_required', 'body_too_large'],
});

export const completeImportCall = operation({
  tag: 'Imports',
  id: 'completeImport',
  method: 'post',
  path: '/imports/{id}/complete',
  summary: 'Says that the file is whole: an origin may begin.',
  access: owner('import'),
  status: 200,
  answer: fileImport,
  refusals: ['not_found', 'conflict'],
});

export const deleteImportCall = operation({
  ...of,
  id: 'deleteImport',
  method: 'delete',
  summary: 'Cancels one that is under way; takes one that is over off the list.',
  access: owner('import'),
  status: 204,
});
