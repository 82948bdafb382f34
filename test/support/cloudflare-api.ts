import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { buffer } from 'node:stream/consumers';

/** What wrangler asks of Cloudflare for a deployment, answered from memory; D1 is SQLite, as it is there. */
export interface CloudflareApi {
  /** For CLOUDFLARE_API_BASE_URL. */
  readonly url: string;
  /** Requests in their order, without the account: `PUT /workers/scripts/headwater`. */
  readonly calls: readonly string[];
  readonly account: Account;
  close(): Promise<void>;
}

/** What was made in an account. */
export class Account {
  readonly databases = new Map<string, DatabaseSync>();
  readonly buckets = new Set<string>();
  readonly secrets = new Map<string, string>();
  /** Of the Worker that was put last. */
  bindings: readonly Binding[] = [];
  durableObjectTag: string | null = null;
  /** Paths of the pages. */
  pages: readonly string[] = [];
  crons: readonly string[] = [];
  /** False: who asks for the names of the secrets gets an error. */
  listsSecrets = true;
}

export interface Binding {
  readonly name: string;
  readonly type: string;
  readonly id?: string;
  readonly bucket_name?: string;
  readonly text?: string;
}

interface Call {
  readonly account: Account;
  /** What the pattern caught. */
  readonly name: string;
  readonly request: IncomingMessage;
}

/** A code of the API: 7404 no database, 10006 no bucket, 10007 and 10090 no Worker. */
class Missing extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`not there: ${code}`);
    this.code = code;
  }
}

type Handler = (call: Call) => unknown;
const scripts = '/workers/scripts/headwater';
const subdomain = { enabled: true, previews_enabled: false };

/** By method and path; one group is the name of a thing. */
const handlers: readonly (readonly [RegExp, Handler])[] = [
  [/^GET \/d1\/database$/, ({ account }) => [...account.databases.keys()].map(describeDatabase)],
  [/^POST \/d1\/database$/, createDatabase],
  [/^GET \/d1\/database\/([^/]+)$/, ({ account, name }) => describeDatabase(databaseOf(account, name).name)],
  [/^POST \/d1\/database\/([^/]+)\/query$/, queryDatabase],
  [/^GET \/r2\/buckets\/([^/]+)$/, ({ account, name }) => bucketOf(account, name)],
  [/^POST \/r2\/buckets$/, createBucket],
  [/^GET \/r2\/buckets$/, ({ account }) => ({ buckets: [...account.buckets].map((name) => ({ name })) })],
  [/^GET \/workers\/services\/headwater$/, ({ account }) => describeService(account)],
  [/^GET \/workers\/scripts$/, ({ account }) => (account.bindings.length > 0 ? [describeScript(account)] : [])],
  [new RegExp(`^GET ${scripts}/settings$`), ({ account }) => ({ ...describeScript(account) })],
  [new RegExp(`^GET ${scripts}/secrets$`), listSecrets],
  [new RegExp(`^POST ${scripts}/assets-upload-session$`), beginPages],
  // The first time a Worker, later versions of it.
  [new RegExp(`^(?:PUT ${scripts}|POST ${scripts}/versions)$`), putWorker],
  [new RegExp(`^POST ${scripts}/deployments$`), () => ({ id: 'd2' })],
  [new RegExp(`^GET ${scripts}/deployments$`), () => ({ deployments: [] })],
  [new RegExp(`^PATCH ${scripts}/script-settings$`), () => ({})],
  [new RegExp(`^PUT ${scripts}/schedules$`), putSchedules],
  [new RegExp(`^(?:GET|POST) ${scripts}/subdomain$`), () => subdomain],
  [/^GET \/workers\/subdomain$/, () => ({ subdomain: 'operator' })],
  [/^(?:GET|PATCH) \/workers\/workers\/headwater$/, ({ account }) => ({ ...describeScript(account), subdomain })],
  [/^GET \/workers\/account-settings$/, () => ({})],
];

/** Listens on loopback; whatever it has no answer for is 404, as an account without it. */
export async function startCloudflareApi(accountId: string): Promise<CloudflareApi> {
  const calls: string[] = [];
  const account = new Account();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://api');
    const call = `${request.method} ${pathname.replace(`/accounts/${accountId}`, '')}`;
    calls.push(call);
    response.setHeader('content-type', 'application/json');
    try {
      const result = await answer(call, account, request);
      response.end(JSON.stringify({ success: true, errors: [], messages: [], result }));
    } catch (error) {
      const isMissing = error instanceof Missing;
      response.statusCode = isMissing ? 404 : 500;
      const errors = [{ code: isMissing ? error.code : 1, message: String(error) }];
      response.end(JSON.stringify({ success: false, errors, messages: [], result: null }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, account, close };
}

function answer(call: string, account: Account, request: IncomingMessage): unknown {
  for (const [pattern, handler] of handlers) {
    const match = pattern.exec(call);
    if (match) return handler({ account, name: match[1] ?? '', request });
  }
  throw new Missing(10007);
}

async function json<Body>(request: IncomingMessage): Promise<Body> {
  return JSON.parse((await buffer(request)).toString()) as Body;
}

const describeDatabase = (name: string) => ({ uuid: `id-of-${name}`, name });

function databaseOf({ databases }: Account, nameOrId: string): { name: string; database: DatabaseSync } {
  const name = nameOrId.replace('id-of-', '');
  const database = databases.get(name);
  if (!database) throw new Missing(7404);
  return { name, database };
}

async function createDatabase({ account, request }: Call): Promise<object> {
  const { name } = await json<{ name: string }>(request);
  if (account.databases.has(name)) throw new Error('a database of this name is there');
  account.databases.set(name, new DatabaseSync(':memory:'));
  return describeDatabase(name);
}

/** Statements one after the other; the results of the last. */
async function queryDatabase({ account, name, request }: Call): Promise<object> {
  const { sql, params = [] } = await json<{ sql: string; params?: (string | number)[] }>(request);
  const { database } = databaseOf(account, name);
  let results: unknown[] = [];
  if (/^\s*(?:SELECT|PRAGMA)/i.test(sql)) results = database.prepare(sql).all(...params);
  else database.exec(sql);
  return [{ results, success: true, meta: { duration: 0 } }];
}

function bucketOf({ buckets }: Account, name: string): object {
  if (!buckets.has(name)) throw new Missing(10006);
  return { name };
}

async function createBucket({ account, request }: Call): Promise<object> {
  const { name } = await json<{ name: string }>(request);
  account.buckets.add(name);
  return { name };
}

function describeScript(account: Account): object {
  if (account.bindings.length === 0) throw new Missing(10007);
  return { id: 'headwater', bindings: account.bindings, migration_tag: account.durableObjectTag };
}

function describeService(account: Account): object {
  if (account.bindings.length === 0) throw new Missing(10090);
  return { id: 'headwater', default_environment: { environment: 'production', script: describeScript(account) } };
}

function listSecrets({ account }: Call): object {
  describeScript(account);
  if (!account.listsSecrets) throw new Error('out of order');
  return [...account.secrets.keys()].map((name) => ({ name, type: 'secret_text' }));
}

/** Nothing of what it names is asked for: as though it were there. */
async function beginPages({ account, request }: Call): Promise<object> {
  const { manifest } = await json<{ manifest: Readonly<Record<string, unknown>> }>(request);
  account.pages = Object.keys(manifest);
  return { jwt: 'a.b.c', buckets: [] };
}

interface Metadata {
  readonly bindings: readonly Binding[];
  readonly migrations?: { readonly new_tag: string };
}

async function putWorker({ account, request }: Call): Promise<object> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const form = await new Response(new Uint8Array(await buffer(request)), { headers }).formData();
  const { bindings, migrations } = JSON.parse(String(form.get('metadata'))) as Metadata;
  for (const { name, type, text } of bindings) if (type === 'secret_text') account.secrets.set(name, text ?? '');
  account.bindings = bindings.filter(({ type }) => type !== 'secret_text' && type !== 'inherit');
  account.durableObjectTag = migrations?.new_tag ?? account.durableObjectTag;
  return { id: 'headwater', startup_time_ms: 1, deployment_id: 'd1', resources: { script: {} } };
}

async function putSchedules({ account, request }: Call): Promise<object> {
  account.crons = (await json<{ cron: string }[]>(request)).map(({ cron }) => cron);
  return {};
}
