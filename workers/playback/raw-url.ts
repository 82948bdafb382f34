/**
 * Path and query of a request as they were sent. `new URL` would resolve dot segments and so accept paths that are not
 * canonical; this also costs less.
 * @returns `query` without its question mark, empty when there is none
 */
export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const pathAt = url.indexOf('/', url.indexOf('://') + 3);
  if (pathAt < 0) return { path: '/', query: '' };
  const queryAt = url.indexOf('?', pathAt);
  if (queryAt < 0) return { path: url.slice(pathAt), query: '' };
  return { path: url.slice(pathAt, queryAt), query: url.slice(queryAt + 1) };
}
