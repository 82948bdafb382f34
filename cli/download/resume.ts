/** Asks for what follows the bytes that are there, if it still is the same file. */
export function resumeHeaders(haveBytes: number, etag: string | null): Record<string, string> {
  return haveBytes > 0 && etag !== null ? { range: `bytes=${haveBytes}-`, 'if-range': etag } : {};
}

/** `Content-Range` of a single range (RFC 9110 14.4); null for what is none. A size of null is not known. */
export function contentRangeOf(
  text: string | null,
): { readonly from: number; readonly sizeBytes: number | null } | null {
  const [, from, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(text ?? '') ?? [];
  if (from === undefined) return null;
  return { from: Number(from), sizeBytes: size === '*' ? null : Number(size) };
}
