/** Attributes that carry a URI, by tag (rfc8216bis 4.4). */
const carriers: Readonly<Record<string, readonly string[]>> = Object.freeze({
  'EXT-X-KEY': ['URI'],
  'EXT-X-SESSION-KEY': ['URI'],
  'EXT-X-MAP': ['URI'],
  'EXT-X-MEDIA': ['URI'],
  'EXT-X-I-FRAME-STREAM-INF': ['URI'],
  'EXT-X-IMAGE-STREAM-INF': ['URI'],
  'EXT-X-PART': ['URI'],
  'EXT-X-PRELOAD-HINT': ['URI'],
  'EXT-X-RENDITION-REPORT': ['URI'],
  'EXT-X-SESSION-DATA': ['URI'],
  'EXT-X-CONTENT-STEERING': ['SERVER-URI'],
  'EXT-X-DATERANGE': ['X-ASSET-URI', 'X-ASSET-LIST'],
});

const tagPattern = /^#(EXT-X-[A-Z-]+):/;
const attributePattern = /([A-Z0-9-]+)=("[^"]*"|[^,\r]*)/g;

/**
 * Puts `prefix` in front of every relative URI of a playlist, so that it can be served from another path than its own.
 * Everything else stays byte for byte. Absolute URIs and absolute paths are left alone.
 * @param prefix ends with a slash: `../../b/b_…/`
 */
export function rebaseHls(playlist: string, prefix: string): string {
  return playlist
    .split('\n')
    .map((line) => rebaseLine(line, prefix))
    .join('\n');
}

function rebaseLine(line: string, prefix: string): string {
  if (line === '' || line === '\r') return line;
  if (!line.startsWith('#')) return rebaseUri(line, prefix);
  const names = carriers[tagPattern.exec(line)?.[1] ?? ''];
  if (!names) return line;
  return line.replace(attributePattern, (attribute: string, name: string, value: string) =>
    names.includes(name) && value.startsWith('"') ? `${name}="${rebaseUri(value.slice(1, -1), prefix)}"` : attribute,
  );
}

/** `uri` as seen from the path that `prefix` leads away from. */
export function rebaseUri(uri: string, prefix: string): string {
  const isRelative = uri !== '' && !uri.startsWith('/') && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(uri);
  return isRelative ? prefix + uri : uri;
}
