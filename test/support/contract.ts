import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { controlApi } from '../../workers/control/api.ts';
import { openApiDocument } from '../../workers/control/contract/document.ts';

/** A part of a JSON Schema, as the document has it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly description?: string;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

/** A call, as the document has it. */
export interface DocumentedCall {
  readonly operationId: string;
  readonly method: string;
  /** `/channels/{id}` */
  readonly path: string;
  readonly 'x-access': { readonly role: string; readonly of?: string };
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: JsonSchema }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content & { readonly 'x-codes'?: readonly string[] }>>;
}

/** The API's own document. */
export const apiDocument = JSON.parse(JSON.stringify(openApiDocument(controlApi))) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<DocumentedCall, 'method' | 'path'>>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
};

/** Every call of the API. */
export const documentedCalls: readonly DocumentedCall[] = Object.entries(apiDocument.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, call]) => ({ ...call, path, method: method.toUpperCase() })),
);

/** A schema without references, in which objects have no properties but those that are named. */
export function whole(schema: JsonSchema): JsonSchema {
  if (schema.$ref) return whole(apiDocument.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if (schema.allOf) return whole(schema.allOf.map(whole).reduce(merged));
  const { properties, items, anyOf, oneOf } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, whole(part)])),
      additionalProperties: schema.additionalProperties ?? false,
    }),
    ...(items && { items: whole(items) }),
    ...(anyOf && { anyOf: anyOf.map(whole) }),
    ...(oneOf && { oneOf: oneOf.map(whole) }),
  };
}

function merged(a: JsonSchema, b: JsonSchema): JsonSchema {
  return {
    ...a,
    ...b,
    properties: { ...a.properties, ...b.properties },
    required: [...(a.required ?? []), ...(b.required ?? [])],
  };
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
const validators = new Map<string, ValidateFunction>();

function validatorOf(name: string, schema: JsonSchema): ValidateFunction {
  const known = validators.get(name) ?? ajv.compile(whole(schema));
  validators.set(name, known);
  return known;
}

/** An answer of the API, with its body as text. */
interface Answered {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
}

/** What an answer has that the document does not say of it; empty when nothing. Calls that are not documented say nothing. */
export function breaksOfContract(method: string, url: string, { status, headers, text }: Answered): string[] {
  const [path = ''] = url.replace(/^.*\/api\/v1(?=\/)/, '').split('?');
  const call = callOf(method, path);
  if (!call || !url.includes('/api/v1/')) return [];
  const name = `${call.operationId} ${status}`;
  const documented = call.responses[status];
  if (!documented) return [`${name} is not documented: ${text.slice(0, 200)}`];
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  const content = documented.content?.[type];
  if (!content) return documented.content || text !== '' ? [`${name} is not to be ${type || 'empty'}`] : [];
  if (!type.endsWith('json')) return [];
  const body: unknown = JSON.parse(text);
  const validate = validatorOf(name, content.schema);
  const wrong = validate(body)
    ? []
    : (validate.errors ?? []).map((error) => `${name} ${error.instancePath} ${error.message}`);
  const codes = documented['x-codes'];
  const code = (body as { readonly code?: string } | null)?.code ?? '';
  return codes && !codes.includes(code) ? [...wrong, `${name} is not to have the code ${code}`] : wrong;
}

function callOf(method: string, path: string): DocumentedCall | undefined {
  const asked = path.split('/');
  const fits = documentedCalls.filter((call) => {
    const parts = call.path.split('/');
    const isSame = parts.every((part, at) => part === asked[at] || (part.startsWith('{') && asked[at] !== ''));
    return call.method === method && parts.length === asked.length && isSame;
  });
  // What is spelt out comes before what is left open.
  return fits.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}
