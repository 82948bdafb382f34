/** The hosts that somebody typed or pasted, with spaces or commas between them; the API judges them. */
export function hostsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .map((site) => site.replace(/^https?:\/\//, '').replace(/\/.*$/, ''))
    .filter((site) => site !== '');
}
