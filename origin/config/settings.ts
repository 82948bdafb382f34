import { z } from 'zod';
import { fields, type SettingNotes } from './schema.ts';

/** One setting of the origin, as documents and errors tell of it. */
export interface Setting extends SettingNotes {
  /** Path in the configuration file: `rtmp.port`. */
  readonly field: string;
  readonly type: 'text' | 'number' | 'switch' | 'numbers' | 'list';
  /** The values that there are, where they can be listed. */
  readonly choices: readonly string[];
  /** As the variable would hold it; null: there is none. */
  readonly default: string | null;
  /** An origin does not start without it. */
  readonly required: boolean;
}

/** The part of JSON Schema that zod writes for the configuration. */
interface JsonSchema extends Partial<SettingNotes> {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly default?: unknown;
}

/** Every setting, in the order of the schema. */
export const settings: readonly Setting[] = settingsBelow(
  z.toJSONSchema(fields, { io: 'input' }) as JsonSchema,
  '',
  true,
);

function settingsBelow(schema: JsonSchema, path: string, required: boolean): Setting[] {
  return Object.entries(propertiesOf(schema)).flatMap(([name, part]) => {
    const isRequired = required && (schema.required ?? []).includes(name);
    const field = path + name;
    // What has no description holds settings and is none.
    return part.description === undefined
      ? settingsBelow(part, `${field}.`, isRequired)
      : [settingOf(part, field, isRequired, kindDefault(schema, name))];
  });
}

/** Properties of an object; of several kinds of object those of all, with the choices of what tells them apart. */
function propertiesOf({ properties, oneOf, anyOf }: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const all: Record<string, JsonSchema> = {};
  for (const part of properties ? [{ properties }] : (oneOf ?? anyOf ?? [])) {
    for (const [name, found] of Object.entries(part.properties ?? {})) {
      const known = all[name];
      const choices = [...(known?.enum ?? []), ...(found.const === undefined ? [] : [found.const])];
      all[name] = choices.length > 0 ? { ...found, enum: choices } : found;
    }
  }
  return all;
}

/** The default of a whole section says which kind it is. */
function kindDefault(schema: JsonSchema, name: string): unknown {
  return (schema.default as Readonly<Record<string, unknown>> | undefined)?.[name];
}

function settingOf(schema: JsonSchema, field: string, required: boolean, otherDefault: unknown): Setting {
  const { variable, description = '', example, secret, nullWord } = schema;
  const given = schema.default ?? otherDefault;
  const type = typeOf(schema);
  return {
    field,
    ...(variable !== undefined && { variable }),
    description,
    ...(example !== undefined && { example }),
    ...(secret && { secret }),
    ...(nullWord !== undefined && { nullWord }),
    type,
    choices: type === 'switch' ? ['on', 'off'] : (schema.enum ?? []),
    default: given === undefined || given === null ? null : written(given),
    required,
  };
}

function typeOf({ type, items, anyOf }: JsonSchema): Setting['type'] {
  if (anyOf) return typeOf(anyOf.find((one) => one.type !== 'null') ?? {});
  if (type === 'boolean') return 'switch';
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'array') return items?.type === 'integer' ? 'numbers' : 'list';
  return 'text';
}

function written(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The setting that a path in the configuration belongs to, itself or a part of it. */
export function settingAt(field: string): Setting | null {
  return settings.find((setting) => field === setting.field || field.startsWith(`${setting.field}.`)) ?? null;
}

/** What a variable's text means. What is not of the setting's type stays text, and the schema refuses it. */
export function readText({ type, nullWord }: Setting, text: string): unknown {
  if (text === nullWord) return null;
  if (type === 'number') return numberOf(text);
  if (type === 'switch') return { on: true, off: false }[text] ?? text;
  return type === 'numbers' ? text.split(/[\s,]+/).map(numberOf) : text;
}

function numberOf(text: string): number | string {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}
