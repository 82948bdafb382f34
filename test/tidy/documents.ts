import { posix } from 'node:path';
import type { RepositoryFile } from './repository.ts';

const link = /!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g;

/** Relative links of Markdown files whose target, or whose heading, is not there. */
export function brokenLinks(files: readonly RepositoryFile[], exists: (path: string) => boolean): string[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) => {
      const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
      const targets = [...prose.matchAll(link)].map(([, target = '']) => target);
      return targets.filter((target) => isBroken(path, target, texts, exists)).map((target) => `${path}: ${target}`);
    });
}

function isBroken(
  from: string,
  target: string,
  texts: ReadonlyMap<string, string>,
  exists: (path: string) => boolean,
): boolean {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return false;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : posix.join(posix.dirname(from), decodeURI(file));
  if (path.startsWith('..') || !exists(path)) return true;
  const text = texts.get(path);
  return anchor !== undefined && path.endsWith('.md') && text !== undefined && !anchorsOf(text).has(anchor);
}

/** Anchors that headings get on the usual forges. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#{1,6}\s+(.+?)\s*$/gm)].map(([, heading = '']) => heading);
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
  return new Set(headings.map(slug));
}
