import { edgeLimits } from '#shared/limits/edge.ts';
import { ProblemError } from './respond.ts';
import { explain, type Schema } from './schemas.ts';

/** Reads a request body; throws `body_too_large` at the first byte past `sizeBytesMax`. */
export async function readBody(
  request: Request,
  sizeBytesMax: number = edgeLimits.requestBodyBytesMax,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const reader = request.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    sizeBytes += value.byteLength;
    if (sizeBytes > sizeBytesMax) {
      await reader.cancel();
      throw new ProblemError('body_too_large', `A request body holds at most ${sizeBytesMax} bytes.`);
    }
    chunks.push(value);
  }
  return join(chunks, sizeBytes);
}

/**
 * Reads a body of which the length is known before it comes. Throws `length_required` when the request does not tell it,
 * `body_too_large` and `bad_request` when it is another one.
 */
export async function readExactly(request: Request, sizeBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const told = request.headers.get('content-length');
  if (told === null) throw new ProblemError('length_required', `Send Content-Length: this takes ${sizeBytes} bytes.`);
  requireSize(Number(told), sizeBytes);
  const bytes = new Uint8Array(sizeBytes);
  const reader = request.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  let at = 0;
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.byteLength > sizeBytes) {
      await reader.cancel();
      requireSize(at + value.byteLength, sizeBytes);
    }
    bytes.set(value, at);
    at += value.byteLength;
  }
  requireSize(at, sizeBytes);
  return bytes;
}

function requireSize(foundBytes: number, sizeBytes: number): void {
  if (foundBytes === sizeBytes) return;
  const code = foundBytes > sizeBytes ? 'body_too_large' : 'bad_request';
  throw new ProblemError(code, `This takes ${sizeBytes} bytes, and ${foundBytes} were sent.`);
}

function join(chunks: readonly Uint8Array[], sizeBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** Parses UTF-8 JSON against a schema; throws `bad_request` with a sentence that names the field. */
export function parseBody<T>(schema: Schema<T>, bytes: Uint8Array): T {
  const parsed = schema.safeParse(parseJson(bytes));
  if (!parsed.success) throw new ProblemError('bad_request', explain(parsed.error));
  return parsed.data;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    throw new ProblemError('bad_request', 'The request body is not JSON in UTF-8.');
  }
}
