import { randomBytes } from 'node:crypto';
import { formatId } from '#shared/model/id.ts';
import { objectKey } from '#shared/model/object-name.ts';
import { importWireKey, nonceBytes, signatureHeader, signRequest, type WireKey } from '#shared/wire/signature.ts';
import { refusalOf } from '../refusal.ts';
import { fetchPop } from './edge.ts';
import type { OriginSettings } from './settings.ts';
import { failed, ok, skipped, type Verdict } from './verdict.ts';

const objectBytes = 4_096;

/** Puts an object into the deployment's bucket as an origin does, reads it back and deletes it. */
export async function checkBucket(
  url: string,
  { wireKeys, isYetToJoin }: Pick<OriginSettings, 'wireKeys' | 'isYetToJoin'>,
): Promise<Verdict> {
  if (isYetToJoin) return skipped('bucket', 'this origin has not joined yet: start it once, then run doctor again');
  if (wireKeys === null) {
    return skipped(
      'bucket',
      'needs the wire keys of an origin: run it there, or with --env-file or HEADWATER_WIRE_KEYS',
    );
  }
  const [pair = ''] = wireKeys.split(' ');
  const colon = pair.indexOf(':');
  if (colon < 1)
    return failed(
      'bucket',
      'HEADWATER_WIRE_KEYS is not <kid>:<secret>.',
      'Copy it from the Worker’s secret WIRE_KEYS.',
    );
  const key = await importWireKey(pair.slice(0, colon), pair.slice(colon + 1));
  const target = `/api/v1/origin/objects/${objectKey(formatId('b', Date.now(), randomBytes(16)), 'doctor.bin')}`;
  const body = randomBytes(objectBytes);
  const begunMs = performance.now();
  const put = await signed(url, key, 'PUT', target, body);
  if (!put.ok) return refused('put', put, await put.text());
  let found: Buffer;
  try {
    const got = await signed(url, key, 'GET', target, null);
    if (!got.ok) return refused('get', got, await got.text());
    found = Buffer.from(await got.arrayBuffer());
  } finally {
    // Deleted also where reading failed: nothing is to stay.
    const gone = await signed(url, key, 'DELETE', target, null);
    await gone.text();
  }
  if (!found.equals(body))
    return failed('bucket', 'What was read is not what was put.', 'Look what stands between this machine and the PoP.');
  const left = await signed(url, key, 'GET', target, null);
  await left.text();
  if (left.status !== 404)
    return failed('bucket', 'A deleted object is still there.', 'Look at the bucket’s locks and versions.');
  return ok('bucket', `put, read and deleted in ${Math.round(performance.now() - begunMs)} ms`);
}

async function signed(
  url: string,
  key: WireKey,
  method: string,
  target: string,
  body: Buffer | null,
): Promise<Response> {
  const request = { audience: 'control', method, target, body } as const;
  const signature = await signRequest(key, request, Date.now(), crypto.getRandomValues(new Uint8Array(nonceBytes)));
  const headers = { [signatureHeader]: signature };
  return fetchPop(url + target, { method, headers, ...(body && { body: new Uint8Array(body) }) });
}

function refused(what: string, response: Response, text: string): Verdict {
  const { message, hint } = refusalOf(response.status, text, {
    url: new URL(response.url).origin,
    tokenFrom: 'the origin',
  });
  const fix =
    response.status === 401
      ? 'Give the origin the same text as the Worker’s secret WIRE_KEYS, and both the right time.'
      : hint;
  return failed('bucket', `${what} is refused: ${message}`, fix);
}
