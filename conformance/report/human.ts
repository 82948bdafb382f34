import type { Verdict } from '../rules/check.ts';
import type { Report } from '../run.ts';
import type { Result } from './judge.ts';

type Colour = 'red' | 'yellow' | 'green' | 'dim' | 'bold';

const codes: Readonly<Record<Colour, string>> = { red: '31', yellow: '33', green: '32', dim: '2', bold: '1' };
const marks: Readonly<Record<Verdict, readonly [string, Colour]>> = {
  pass: ['pass', 'green'],
  fail: ['FAIL', 'red'],
  warn: ['warn', 'yellow'],
  'not-applicable': ['–', 'dim'],
};
const idColumns = 28;

/** The report as text for a terminal; `colour` off writes none. */
export function humanReport(report: Report, colour: boolean): string {
  const paint = (name: Colour, text: string) => (colour ? `\u001b[${codes[name]}m${text}\u001b[0m` : text);
  const lines: string[] = [];
  let group = '';
  for (const result of report.results) {
    if (result.group !== group) lines.push('', paint('bold', result.group));
    group = result.group;
    lines.push(...resultLines(result, paint));
  }
  const { pass, fail, warn, 'not-applicable': skipped } = report.counts;
  const requests = `${report.requests} requests in ${Math.round(report.durationS)} s`;
  lines.push('', `${report.kind === 'hls' ? 'HLS' : 'DASH'}  ${report.url}  ${paint('dim', requests)}`);
  const failed = fail > 0 ? paint('red', `${fail} failed`) : `${fail} failed`;
  lines.push(`${pass} passed, ${failed}, ${warn} warned, ${skipped} not applicable`);
  return `${lines.join('\n').trimStart()}\n`;
}

function resultLines(result: Result, paint: (name: Colour, text: string) => string): string[] {
  const [word, colour] = marks[result.verdict];
  const lines = [`  ${paint(colour, word.padEnd(5))} ${result.id.padEnd(idColumns)}${result.title}`];
  if (result.verdict === 'not-applicable') {
    if (result.note !== '') lines.push(paint('dim', `${' '.repeat(8 + idColumns)}${result.note}`));
    return lines;
  }
  if (result.findings.length === 0) return lines;
  lines.push(paint('dim', `        ${result.severity}, ${result.section}: ${result.asks}`));
  for (const { severity, url, line, seen } of result.findings.slice(0, shownMax)) {
    const place = `${shortUrl(url)}${line === null ? '' : `:${line}`}`;
    lines.push(`        ${paint(severity === 'MUST' ? 'red' : 'yellow', '·')} ${seen}  ${paint('dim', place)}`);
  }
  const more = result.findings.length - Math.min(shownMax, result.findings.length) + result.more;
  if (more > 0) lines.push(paint('dim', `          and ${more} more`));
  return lines;
}

/** Findings that a terminal shows of each check; JSON has more. */
const shownMax = 3;

function shortUrl(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
