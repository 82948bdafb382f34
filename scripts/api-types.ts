import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi } from '../workers/control/api.ts';
import { openApiDocument } from '../workers/control/contract/document.ts';
import { paths } from './local/paths.ts';

/** A part of a JSON Schema, as far as the API's document goes. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Call {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

const document = JSON.parse(JSON.stringify(openApiDocument(controlApi))) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Call>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is what is written
const anyText = '${string}';

function typeOf(schema: Schema): string {
  const choices = schema.anyOf ?? schema.oneOf;
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? '';
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (choices) return choices.map(typeOf).join(' | ');
  if (schema.allOf) return schema.allOf.map(typeOf).join(' & ');
  return [schema.type ?? 'unknown']
    .flat()
    .map((type) => typeNamed(type, schema))
    .join(' | ');
}

function typeNamed(type: string, schema: Schema): string {
  if (type === 'integer') return 'number';
  if (type === 'array') return `readonly (${typeOf(schema.items ?? {})})[]`;
  if (type !== 'object') return type;
  const more = typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties) : 'unknown';
  return Object.keys(schema.properties ?? {}).length > 0 ? membersOf(schema) : `Readonly<Record<string, ${more}>>`;
}

function membersOf({ properties = {}, required = [] }: Schema): string {
  const members = Object.entries(properties).map(([name, part]) => {
    const type = typeOf(part);
    const words = part.description ? `/** ${part.description} */\n` : '';
    return `${words}readonly ${name}${required.includes(name) ? `: ${type}` : `?: ${type} | undefined`};`;
  });
  return `{\n${members.join('\n')}\n}`;
}

const head = '/** Made of the API’s document by `node scripts/api-types.ts`; not to be changed by hand. */\n\n';

/** What the API takes and answers, by the names in its document. */
function shapes(): string {
  const types = Object.entries(document.components.schemas).map(([name, schema]) => {
    const words = schema.description ? `/** ${schema.description} */\n` : '';
    return `${words}export type ${name} = ${typeOf(schema)};\n`;
  });
  return head + types.join('\n');
}

/** Each call with its address, as a client spells it, and what goes to and fro. */
function calls(): string {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody, responses }]) => {
      const [, success] = Object.entries(responses).find(([status]) => status < '300') ?? [];
      const [, answer] = Object.entries(success?.content ?? {}).find(([type]) => type.endsWith('json')) ?? [];
      const body = requestBody?.content['application/json']?.schema;
      return [
        `method: '${method.toUpperCase()}'`,
        `path: ${path.includes('{') ? `\`${path.replace(/\{\w+\}/g, anyText)}\`` : `'${path}'`}`,
        `body: ${body ? typeOf(body) : 'undefined'}`,
        `answer: ${answer ? typeOf(answer.schema) : 'null'}`,
      ];
    }),
  );
  const text = all.map((members) => `| { ${members.map((member) => `readonly ${member}`).join('; ')} }`).join('\n');
  const known = Object.keys(document.components.schemas).filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  const imported = `import type { ${known.join(', ')} } from './shapes.ts';\n\n`;
  return `${head}${imported}/** Every call of the API. */\nexport type ApiCall =\n${text};\n`;
}

function formatted(path: string, text: string): string {
  const biome = join(paths.root, 'node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'check', '--write', `--stdin-file-path=${path}`];
  const { stdout, status, stderr } = spawnSync(process.execPath, args, {
    cwd: paths.root,
    input: text,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`biome refuses ${path}: ${stderr}`);
  return stdout;
}

/** The files that are made of the API's document, by their paths. */
export function apiTypes(): Readonly<Record<string, string>> {
  const texts = { 'shared/api/shapes.ts': shapes(), 'shared/api/calls.ts': calls() };
  return Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, formatted(path, text)]));
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(apiTypes())) writeFileSync(join(paths.root, path), text);
}
