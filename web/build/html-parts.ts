import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/**
 * Puts `parts/<name>.html` in the place of `<!-- part: <name> -->`: what several pages have in common, made of parts itself
 * where it says so. Words after the name are attributes for the part's element with `data-attributes`.
 */
export function htmlParts(): Plugin {
  const textOf = (name: string) =>
    readFileSync(fileURLToPath(new URL(`../parts/${name}.html`, import.meta.url)), 'utf8').trimEnd();
  const withParts = (html: string): string =>
    html.replace(/<!-- part: ([a-z-]+)((?: [a-z]+)*) -->/g, (_, name: string, attributes: string) =>
      withParts(textOf(name).replace(' data-attributes', attributes)),
    );
  return { name: 'headwater:html-parts', transformIndexHtml: { order: 'pre', handler: withParts } };
}
