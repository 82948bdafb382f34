import { bucketOf } from '../bucket/bucket.ts';
import type { Env } from '../env.ts';
import type { Calls } from './calls.ts';
import {
  completeImportCall,
  createImportCall,
  deleteImportCall,
  getImportCall,
  listImportsCall,
  putImportPartCall,
} from './contract/imports.ts';
import { cleanImports } from './import-cleaning.ts';
import { completeImport, createImport, deleteImport, getImport, listImports, putPart } from './uploads.ts';

/** Video files of which replays are made. */
export function mountImports(calls: Calls): void {
  calls.mount(createImportCall, async ({ c, env, params, body, nowMs }) => {
    const found = await createImport(env.DB, params.id, body, nowMs);
    c.header('location', `/api/v1/imports/${found.id}`);
    return found;
  });
  calls.mount(listImportsCall, async ({ env, params, query, nowMs }) => listImports(env.DB, params.id, query, nowMs));
  calls.mount(getImportCall, async ({ env, params, nowMs }) => getImport(env.DB, params.id, nowMs));
  calls.mount(putImportPartCall, async ({ c, env, params }) => {
    await putPart({ db: env.DB, bucket: bucketOf(env), request: c.req.raw }, params.id, params.part);
    return c.body(null, 204);
  });
  calls.mount(completeImportCall, async ({ env, params, nowMs }) => completeImport(env.DB, params.id, nowMs));
  calls.mount(deleteImportCall, async ({ c, env, params, nowMs }) => {
    await deleteImport(env.DB, params.id, nowMs);
    c.executionCtx.waitUntil(cleanSoon(env, nowMs));
    return c.body(null, 204);
  });
}

/** What it does not get to is left to the cron trigger. Never rejects. */
async function cleanSoon(env: Env, nowMs: number): Promise<void> {
  try {
    await cleanImports(env.DB, bucketOf(env), nowMs);
  } catch (error) {
    console.error(JSON.stringify({ event: 'imports_not_cleaned', error: String(error) }));
  }
}
