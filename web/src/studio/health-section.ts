import { studioLimits } from '#shared/limits/page.ts';
import { bitrateText } from '../page/duration.ts';
import { byId, make, setText } from '../page/element.ts';
import { timeText } from './dates.ts';
import { fillTerms, makeSvg } from './dom.ts';
import { drawFindings } from './finding-rows.ts';
import { type LoggedFinding, withFindings } from './findings-log.ts';
import { dwellRows, healthLines, verdictOf } from './health-words.ts';
import { reportText } from './report-text.ts';
import { roundTop, type Sample, stripPath, withSample } from './samples.ts';
import { copyButton } from './secret-box.ts';
import type { Facts, Section, Studio } from './studio.ts';

const stripSize = { width: 600, height: 80 } as const;
const verdictIcons = { good: 'good', warning: 'warning', bad: 'error', off: 'off' } as const;

/** Health: measured for as long as the page is open, shown while the section is. */
export function createHealth(studio: Studio): Section {
  let channel = '';
  let samples: readonly Sample[] = [];
  let log: readonly LoggedFinding[] = [];
  const report = () => {
    const facts = studio.facts();
    return facts ? reportText(facts, log) : '';
  };
  byId('report-copy', HTMLElement).append(copyButton('report', report, 'Copy report'));
  const draw = (facts: Facts) => {
    drawVerdict(facts);
    drawFigures(facts);
    drawStrips(samples);
    drawFindings(byId('log', HTMLElement), log, facts.nowMs, true);
    byId('log-none', HTMLElement).hidden = log.length > 0;
  };
  return {
    open() {
      const facts = studio.facts();
      if (facts) draw(facts);
    },
    update(facts) {
      if (channel !== facts.channel.id) [channel, samples, log] = [facts.channel.id, [], []];
      samples = withSample(samples, facts);
      const isOver = facts.broadcast === null || facts.broadcast.state === 'ended';
      log = withFindings(log, isOver ? [] : (facts.broadcast?.report?.findings ?? []), facts.nowMs);
      if (!byId('section-health', HTMLElement).hidden) draw(facts);
    },
  };
}

function drawVerdict(facts: Facts): void {
  const { tone, headline, sentence } = verdictOf(facts);
  byId('verdict', HTMLElement).dataset.tone = tone;
  byId('verdict-icon', SVGUseElement).setAttribute('href', `#icon-${verdictIcons[tone]}`);
  setText(byId('verdict-headline', HTMLElement), headline);
  setText(byId('verdict-sentence', HTMLElement), sentence);
}

function drawFigures({ broadcast }: Facts): void {
  const health = broadcast?.state === 'ended' ? null : (broadcast?.report?.health ?? null);
  fillTerms(byId('health-lines', HTMLElement), healthLines(health));
  byId('health-none', HTMLElement).hidden = health !== null;
  fillTable(byId('dwell', HTMLElement), dwellRows(health?.dwell));
}

function drawStrips(samples: readonly Sample[]): void {
  drawStrip('bitrate', samples, ({ bitrate }) => bitrate, bitrateText);
  drawStrip(
    'speed',
    samples,
    ({ speed }) => speed,
    (speed) => `${speed.toFixed(2)} ×`,
  );
  const rows = samples.slice(-studioLimits.samplesTabledMax).toReversed();
  fillTable(
    byId('samples', HTMLElement),
    rows.map(({ atMs, bitrate, speed, fps }) => [
      timeText(atMs),
      bitrateText(bitrate),
      `${speed.toFixed(2)} ×`,
      fps.toFixed(1),
    ]),
  );
}

function drawStrip(
  name: 'bitrate' | 'speed',
  samples: readonly Sample[],
  value: (sample: Sample) => number,
  text: (value: number) => string,
): void {
  const top = roundTop(samples.map(value));
  const strip = byId(`${name}-strip`, SVGSVGElement);
  const path =
    strip.querySelector('path') ?? strip.appendChild(makeSvg('path', { 'vector-effect': 'non-scaling-stroke' }));
  path.setAttribute('d', stripPath(samples, value, top, stripSize));
  const last = samples.at(-1);
  setText(byId(`${name}-now`, HTMLElement), last ? `${text(value(last))}, top of the strip ${text(top)}` : 'not yet');
}

function fillTable(body: HTMLElement, rows: readonly (readonly string[])[]): void {
  const text = JSON.stringify(rows);
  if (body.dataset.rows === text) return;
  body.dataset.rows = text;
  body.replaceChildren(
    ...rows.map((cells) =>
      make(
        'tr',
        '',
        cells.map((cell) => make('td', '', cell)),
      ),
    ),
  );
}
