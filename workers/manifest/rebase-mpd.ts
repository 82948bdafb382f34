import { rebaseUri } from './rebase-hls.ts';

/** Where the children of the MPD element begin, or null when the text is not an MPD. */
const mpdStartPattern = /<MPD(?=[\s>])(?:[^>"']|"[^"]*"|'[^']*')*>/;

/** What may stand before BaseURL among the children of MPD (ISO/IEC 23009-1, 5.3.1.2): white space, comments, ProgramInformation. */
const leadPattern =
  /(?:\s+|<!--[\s\S]*?-->|<ProgramInformation(?:[^>"']|"[^"]*"|'[^']*')*?(?:\/>|>[\s\S]*?<\/ProgramInformation\s*>))*/y;

const baseUrlPattern = /(<BaseURL(?:\s(?:[^>"']|"[^"]*"|'[^']*')*)?>)([^<]*)(<\/BaseURL\s*>)/y;

/**
 * Makes an MPD's relative URLs hold when it is served from another path than its own: a BaseURL where there is none at the
 * top, a longer one where there is. Everything else stays byte for byte.
 * @param prefix ends with a slash: `../../b/b_…/`
 */
export function rebaseMpd(mpd: string, prefix: string): string {
  const start = mpdStartPattern.exec(blankComments(mpd));
  if (!start) return mpd;
  const childrenAt = start.index + start[0].length;
  const firstAt = skipLead(mpd, childrenAt);
  const rest = rebaseOwn(mpd.slice(firstAt), prefix);
  if (rest) return mpd.slice(0, firstAt) + rest;
  const indent = /\s*$/.exec(mpd.slice(childrenAt, firstAt))?.[0] ?? '';
  return `${mpd.slice(0, firstAt)}<BaseURL>${prefix}</BaseURL>${indent}${mpd.slice(firstAt)}`;
}

/** Hides what comments in front of the root say, keeping every offset. */
function blankComments(mpd: string): string {
  return mpd.replace(/<!--[\s\S]*?-->/g, (comment) => ' '.repeat(comment.length));
}

function skipLead(mpd: string, from: number): number {
  leadPattern.lastIndex = from;
  leadPattern.exec(mpd);
  return leadPattern.lastIndex;
}

/** The top-level BaseURL elements at the start of `rest` made longer, or null when there are none. */
function rebaseOwn(rest: string, prefix: string): string | null {
  let text = '';
  let at = 0;
  for (;;) {
    baseUrlPattern.lastIndex = at;
    const match = baseUrlPattern.exec(rest);
    if (!match) break;
    const [, open = '', url = '', close = ''] = match;
    const endAt = baseUrlPattern.lastIndex;
    const nextAt = skipLead(rest, endAt);
    text += open + rebaseUri(url.trim(), prefix) + close + rest.slice(endAt, nextAt);
    at = nextAt;
  }
  return at === 0 ? null : text + rest.slice(at);
}
