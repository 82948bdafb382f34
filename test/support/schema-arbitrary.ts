import fc from 'fast-check';
import type { JsonSchema } from './contract.ts';

/** Values that a schema without references allows, as far as its words go. */
export function valuesOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return fc.oneof(...choice.map(valuesOf));
  const types = [schema.type ?? 'object'].flat();
  return fc.oneof(...types.map((type) => valuesOfType(type, schema)));
}

function valuesOfType(type: string, schema: JsonSchema): fc.Arbitrary<unknown> {
  const { minimum: min = 0, maximum: max = 2 ** 40 } = schema;
  if (type === 'null') return fc.constant(null);
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return fc.integer({ min, max: Math.min(max, Number.MAX_SAFE_INTEGER) });
  if (type === 'number') return fc.double({ min, max, noNaN: true });
  if (type === 'string') return textsOf(schema);
  if (type === 'array') {
    return fc.array(valuesOf(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 3 });
  }
  const { properties = {}, required = [] } = schema;
  const parts = Object.entries(properties).map(([name, part]) => [name, valuesOf(part)] as const);
  return fc.record(Object.fromEntries(parts), { requiredKeys: required as never[] });
}

function textsOf({ pattern, minLength = 0, maxLength = 64 }: JsonSchema): fc.Arbitrary<string> {
  if (pattern) return fc.stringMatching(new RegExp(pattern)).map((text) => text.slice(0, maxLength));
  return fc.string({ minLength, maxLength: Math.min(maxLength, 64), unit: 'grapheme-ascii' });
}

/** What a caller may send instead: a field gone, of another kind, or too much, or no object at all. */
export function spoiled(schema: JsonSchema): fc.Arbitrary<unknown> {
  const names = Object.keys(schema.properties ?? {});
  const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(-1, 2 ** 53, '', '\u0000', '\ud800', [], {}));
  const one = fc.tuple(valuesOf(schema), fc.constantFrom(...names, 'unknown', '__proto__'), odd);
  const changed = one.map(([value, name, other]) => ({ ...(value as object), [name]: other }));
  return fc.oneof({ arbitrary: changed, weight: 4 }, { arbitrary: odd, weight: 1 });
}
