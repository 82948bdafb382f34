import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** Puts `parts/<name>.html` in the place of `<!-- part: <name> -->`: what several pages have in common. */
export function htmlParts(): Plugin {
  const partOf = (name: string) =>
    readFileSync(fileURLToPath(new URL(`../parts/${name}.html`, import.meta.url)), 'utf8');
  return {
    name: 'headwater:html-parts',
    transformIndexHtml: {
      order: 'pre',
      handler: (html) => html.replace(/<!-- part: ([a-z-]+) -->/g, (_, name: string) => partOf(name)),
    },
  };
}
