import { type Bucket, bucketOf } from '../../workers/bucket/bucket.ts';
import type { Env } from '../../workers/env.ts';

/** Does with the deployment's bucket what a test says; what the bucket throws comes back as status 500 with its code. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    try {
      return await act(bucketOf(env), request);
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      return Response.json({ code, message }, { status: 500 });
    }
  },
};

async function act(bucket: Bucket, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const key = pathname.slice(1);
  if (request.method === 'PUT') await bucket.put(key, new Uint8Array(await request.arrayBuffer()));
  else if (request.method === 'DELETE') await bucket.remove((await request.json()) as string[]);
  else if (key === '')
    return Response.json(await bucket.list(searchParams.get('prefix') ?? '', searchParams.get('cursor')));
  else {
    const [offsetBytes = Number.NaN, lengthBytes = Number.NaN] = (searchParams.get('range') ?? '')
      .split(',')
      .map(Number);
    const stored = await bucket.get(key, searchParams.has('range') ? { offsetBytes, lengthBytes } : undefined);
    if (!stored) return new Response('none', { status: 404 });
    return new Response(stored.body, { headers: { 'size-bytes': String(stored.sizeBytes) } });
  }
  return new Response('done');
}
