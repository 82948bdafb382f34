import { storeLimits } from '#shared/limits/store.ts';
import { controlPaths, type ObjectListing } from '#shared/wire/control.ts';
import { nonceBytes, signatureHeader, signRequest, type WireKey } from '#shared/wire/signature.ts';
import {
  checkKey,
  checkPieces,
  listPages,
  type ObjectInfo,
  type ObjectStore,
  readBounded,
  StoreError,
} from './object-store.ts';

export interface WorkerStoreOptions {
  /** Base URL of any PoP. */
  readonly url: string;
  readonly key: WireKey;
  readonly now: () => number;
}

/** The deployment's own bucket behind signed calls to any PoP: needs no keys for a bucket. Repeats nothing by itself. */
export function createWorkerStore({ url, key: wireKey, now }: WorkerStoreOptions): ObjectStore {
  const call = async (method: string, target: string, body: Uint8Array<ArrayBuffer> | null): Promise<Response> => {
    const request = { audience: 'control', method, target, body } as const;
    const signature = await signRequest(wireKey, request, now(), crypto.getRandomValues(new Uint8Array(nonceBytes)));
    const signal = AbortSignal.timeout(storeLimits.requestMsMax);
    const headers = { [signatureHeader]: signature };
    const response = await fetch(new URL(target, url), { method, body, headers, signal, redirect: 'manual' });
    if (response.ok || (method === 'GET' && response.status === 404)) return response;
    const text = response.body ? (await readBounded(response.body)).toString() : '';
    if (response.status >= 300 && response.status < 400) {
      const advice = 'Set HEADWATER_CONTROL_URL to the address that it leads to.';
      throw new StoreError('store_redirected', `The PoP answered with a redirect (${response.status}). ${advice}`);
    }
    const cause = new Error(`${method} answered ${response.status}: ${text.slice(0, 300)}`);
    if (response.status !== 401 && response.status !== 403) throw cause;
    if (isOfAnother(text))
      throw new StoreError('store_not_ours', 'This is of a broadcast of another origin.', { cause });
    throw new StoreError('store_refused', 'The PoP refuses this origin’s key.', { cause });
  };
  const pathOf = (key: string) => {
    checkKey(key);
    return `${controlPaths.objects}/${key}`;
  };
  return {
    async put(key, pieces) {
      const path = pathOf(key);
      checkPieces(key, pieces);
      await guarded(key, async () => (await call('PUT', path, Buffer.concat(pieces))).arrayBuffer());
    },
    async get(key) {
      const path = pathOf(key);
      return guarded(key, async () => {
        const response = await call('GET', path, null);
        const bytes = response.body ? await readBounded(response.body) : Buffer.alloc(0);
        return response.status === 404 ? null : bytes;
      });
    },
    list: (prefix) => listAll(prefix, (target) => call('GET', target, null)),
    async remove(keys) {
      const targets = keys.map((key) => ({ key, path: pathOf(key) }));
      for (let at = 0; at < targets.length; at += storeLimits.deletesAtOnceMax) {
        const some = targets.slice(at, at + storeLimits.deletesAtOnceMax);
        const remove = ({ key, path }: (typeof some)[number]) =>
          guarded(key, async () => (await call('DELETE', path, null)).arrayBuffer());
        await Promise.all(some.map(remove));
      }
    },
  };
}

/** Whether a refusal is of the object and not of the key. */
function isOfAnother(problem: string): boolean {
  try {
    return (JSON.parse(problem) as { reason?: unknown }).reason === 'other_origin';
  } catch {
    return false;
  }
}

function listAll(prefix: string, get: (target: string) => Promise<Response>): AsyncGenerator<ObjectInfo> {
  return listPages(prefix, (cursor) => {
    const query = new URLSearchParams({ prefix, ...(cursor !== null && { cursor }) });
    const target = `${controlPaths.objects}?${query}`;
    return guarded(prefix, async () => (await get(target)).json() as Promise<ObjectListing>);
  });
}

async function guarded<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError('store_failed', `The bucket behind the PoP failed (${key}).`, { cause });
  }
}
