/** A list of sites as the catalogue keeps it: JSON, null for none. */
export function sitesColumn(sites: readonly string[] | null): string | null {
  return sites && JSON.stringify(sites);
}

/** The inverse of {@link sitesColumn}. */
export function sitesOf(column: string | null): readonly string[] | null {
  return column === null ? null : (JSON.parse(column) as readonly string[]);
}
