import type { AnswerTo, BodyTo, ItemOf, ListIn } from '#shared/api/client.ts';
import { cliLimits } from '#shared/limits/cli.ts';
import { CliError } from './cli-error.ts';
import { noToken, refusalOf, unreachable } from './refusal.ts';

type Query = Readonly<Record<string, string | number | undefined>>;

/** A whole list, or as much of it as was asked for. */
export interface Listing<T> {
  readonly rows: readonly T[];
  /** Whether there are more than were asked for. */
  readonly more: boolean;
}

interface ApiAddress {
  readonly url: string;
  readonly token: string | null;
  readonly tokenFrom: string;
}

interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  /** Sent as they are, in place of a body of JSON. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** What is thrown when it is aborted is its reason. */
  readonly signal?: AbortSignal;
  /** Needs no token. */
  readonly open?: true;
}

/**
 * The control plane's API (docs/protocol/control-api.md) as commands call it. Every method throws a CliError: the problem's
 * own code where the API refuses, `unreachable`, `timed_out` or `not_headwater` where nobody fit answers.
 */
export class Api {
  readonly #address: ApiAddress;

  constructor(address: ApiAddress) {
    this.#address = address;
  }

  /** Base URL of the PoP that is asked. */
  get url(): string {
    return this.#address.url;
  }

  /** Each answer is typed by the API's own document; paths are written as templates, in place. */
  get<Path extends string>(path: Path, query: Query = {}): Promise<AnswerTo<'GET', Path>> {
    return this.#call({ method: 'GET', path, query });
  }

  /** A call that needs no token and gets none. */
  getOpen<Path extends string>(path: Path): Promise<AnswerTo<'GET', Path>> {
    return this.#call({ method: 'GET', path, open: true });
  }

  post<Path extends string>(path: Path, body: BodyTo<'POST', Path>): Promise<AnswerTo<'POST', Path>> {
    return this.#call({ method: 'POST', path, body });
  }

  /** Sends bytes, which have time by their number. Throws the signal's reason when it is aborted. */
  async put(path: string, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
    await this.#call({ method: 'PUT', path, bytes, signal });
  }

  patch<Path extends string>(path: Path, body: BodyTo<'PATCH', Path>): Promise<AnswerTo<'PATCH', Path>> {
    return this.#call({ method: 'PATCH', path, body });
  }

  /** What a deletion is answered with; null where it is done at once. */
  remove<Path extends string>(path: Path): Promise<AnswerTo<'DELETE', Path>> {
    return this.#call({ method: 'DELETE', path });
  }

  /** Follows pages until `limit` rows are there; `field` is the name of the list in an answer. */
  async list<Path extends string, Field extends ListIn<AnswerTo<'GET', Path>> & string>(
    path: Path,
    field: Field,
    query: Query = {},
    limit = Number.POSITIVE_INFINITY,
  ): Promise<Listing<ItemOf<AnswerTo<'GET', Path>, Field>>> {
    const rows: ItemOf<AnswerTo<'GET', Path>, Field>[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < cliLimits.pagesMax; page++) {
      const size = Math.min(cliLimits.pageSize, limit - rows.length);
      const wanted = { ...query, limit: size, cursor };
      const answer = await this.#call<Record<string, unknown>>({ method: 'GET', path, query: wanted });
      const found = answer[field];
      if (!Array.isArray(found)) throw notHeadwater(this.url, `the answer has no list "${field}"`);
      rows.push(...(found as typeof rows));
      cursor = typeof answer.next === 'string' ? answer.next : undefined;
      if (cursor === undefined || rows.length >= limit) break;
    }
    return { rows: rows.slice(0, limit), more: cursor !== undefined || rows.length > limit };
  }

  async #call<T>(request: Request): Promise<T> {
    const { url, token } = this.#address;
    if (!request.open && token === null) throw noToken(url);
    const response = await this.#send(request);
    const text = await this.#read(response);
    if (response.status >= 300 && response.status < 400) throw redirected(url, response);
    if (!response.ok) throw refusalOf(response.status, text, this.#address);
    if (response.status === 204 || text === '') return null as T;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw notHeadwater(url, 'the answer is not JSON', cause);
    }
  }

  async #send({ method, path, query = {}, body, bytes, open, signal }: Request): Promise<Response> {
    const { url, token } = this.#address;
    const target = new URL(`${url}/api/v1${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(name, String(value));
    }
    const headers = new Headers({ accept: 'application/json' });
    if (!open && token !== null) headers.set('authorization', `Bearer ${token}`);
    if (body !== undefined) headers.set('content-type', 'application/json');
    if (bytes !== undefined) headers.set('content-type', 'application/octet-stream');
    const timeout = AbortSignal.timeout(bytes === undefined ? cliLimits.requestMsMax : partMs(bytes.byteLength));
    try {
      return await fetch(target, {
        method,
        headers,
        // A token is for the address that was named and for no other.
        redirect: 'manual',
        signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(bytes !== undefined && { body: bytes }),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      throw unreachable(url, cause);
    }
  }

  async #read(response: Response): Promise<string> {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    try {
      for await (const chunk of response.body ?? []) {
        sizeBytes += chunk.byteLength;
        if (sizeBytes > cliLimits.answerBytesMax) throw notHeadwater(this.url, 'the answer does not end');
        chunks.push(chunk);
      }
    } catch (cause) {
      if (cause instanceof CliError) throw cause;
      throw unreachable(this.url, cause);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

/** An id as a part of a path: whatever was typed, it stays one part. */
export function pathPart(id: string): string {
  // Parsers of URLs take dots out of a path however they are written, so these cannot be sent; the API has no such ids.
  if (id === '' || /^(?:\.|%2e){1,2}$/i.test(id))
    throw new CliError('not_found', `"${id}" is no id.`, 'Look at the list.');
  return encodeURIComponent(id);
}

function partMs(sizeBytes: number): number {
  return cliLimits.partMsMin + Math.ceil((1_000 * sizeBytes) / cliLimits.partBytesPerSecondMin);
}

function redirected(url: string, response: Response): CliError {
  const to = response.headers.get('location') ?? 'somewhere else';
  return new CliError(
    'redirected',
    `${url} sends calls on to ${to}.`,
    'Name the right address with --url or HEADWATER_URL.',
  );
}

function notHeadwater(url: string, why: string, cause?: unknown): CliError {
  const hint = 'Is this the address of a PoP? npx headwater doctor looks closer.';
  return new CliError('not_headwater', `What answers at ${url} is not the API of Headwater: ${why}.`, hint, { cause });
}
