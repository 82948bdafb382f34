import type { CfPlace } from '../../workers/env.ts';
import { StartError } from './start-error.ts';

/** One local PoP: a name and the place that it plays. */
export interface PopSpec {
  readonly name: string;
  readonly place: CfPlace & { readonly city: string };
}

function spec(name: string, city: string, country: string, continent: string, at: readonly [string, string]): PopSpec {
  const [latitude, longitude] = at;
  return { name, place: { colo: name.toUpperCase(), city, country, continent, latitude, longitude } };
}

/** Cities to choose from; the first three are the default. */
export const knownPops: readonly PopSpec[] = Object.freeze([
  spec('fra', 'Frankfurt', 'DE', 'EU', ['50.11', '8.68']),
  spec('nyc', 'New York', 'US', 'NA', ['40.71', '-74.01']),
  spec('sin', 'Singapore', 'SG', 'AS', ['1.35', '103.82']),
  spec('gru', 'São Paulo', 'BR', 'SA', ['-23.55', '-46.63']),
  spec('syd', 'Sydney', 'AU', 'OC', ['-33.87', '151.21']),
  spec('jnb', 'Johannesburg', 'ZA', 'AF', ['-26.20', '28.05']),
]);

/** The PoPs that run when nothing else is asked for. */
export const defaultPops: readonly PopSpec[] = knownPops.slice(0, 3);

/** Reads `--pops`: a number, or names separated by commas. Throws `bad_option`. */
export function parsePops(text: string): readonly PopSpec[] {
  const names = knownPops.map((pop) => pop.name);
  const hint = `Give a number from 1 to ${names.length}, or names out of: ${names.join(', ')}.`;
  const refuse = (what: string) => new StartError('bad_option', `--pops ${text}: ${what}`, hint);
  if (/^\d+$/.test(text)) {
    const count = Number(text);
    if (count < 1 || count > names.length) throw refuse('that many PoPs are not on offer');
    return knownPops.slice(0, count);
  }
  const wanted = text.split(',').map((name) => name.trim());
  if (new Set(wanted).size < wanted.length) throw refuse('a name stands there twice');
  return wanted.map((name) => {
    const pop = knownPops.find((known) => known.name === name);
    if (!pop) throw refuse(`no city has the name "${name}"`);
    return pop;
  });
}
