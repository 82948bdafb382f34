/** A shield's region: also the hint where Cloudflare should place its Durable Object. */
export type Region = 'wnam' | 'enam' | 'weur' | 'eeur' | 'apac' | 'oc' | 'sam' | 'afr' | 'me';

/** One shield per continent: every further region costs the origin one more request per object. */
const regions: Readonly<Record<string, Region>> = Object.freeze({
  NA: 'enam',
  EU: 'weur',
  AS: 'apac',
  OC: 'oc',
  SA: 'sam',
  AF: 'afr',
  AN: 'oc',
});

/** The region of a continent code as in `request.cf`; an unknown place belongs to western Europe. */
export function regionOf(continent: string | undefined): Region {
  return regions[continent ?? ''] ?? 'weur';
}
