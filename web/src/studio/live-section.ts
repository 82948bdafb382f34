import type { Clip } from '#shared/api/shapes.ts';
import { studioLimits } from '#shared/limits/page.ts';
import { embedPath } from '#shared/route/page-path.ts';
import { announce } from '../page/announce.ts';
import { byId, make, setText } from '../page/element.ts';
import { startBrowserCard } from './browser/card.ts';
import { confirm } from './confirm.ts';
import { fillTerms, makeLink, whileBusy } from './dom.ts';
import { embedCode } from './embed-code.ts';
import { startEncoderCard } from './encoder-card.ts';
import { drawFindings } from './finding-rows.ts';
import {
  countdownText,
  isOnAir,
  previewUrl,
  type Stage,
  seenLines,
  stageWords,
  timerText,
  worstFirst,
} from './live-words.ts';
import { createPreview } from './preview.ts';
import { copyButton } from './secret-box.ts';
import type { Facts, Section, Studio } from './studio.ts';

const clipLastS = 30;

/** Go live: connecting an encoder, and what it sends. */
export function createLive(studio: Studio): Section {
  const preview = createPreview(byId('preview', HTMLVideoElement));
  const encoder = startEncoderCard(studio);
  let stage: Stage | null = null;
  let channel = '';
  startActions(studio);
  startBrowserCard(studio);
  const watchUrl = () => `${location.origin}${studio.facts()?.channel.playback.watch ?? ''}`;
  const embed = () => {
    const channel = studio.facts()?.channel;
    return channel ? embedCode(location.origin + embedPath({ kind: 'channel', id: channel.id }), channel.title) : '';
  };
  byId('watch-copy', HTMLElement).append(copyButton('watch link', watchUrl, 'Copy link'));
  byId('embed-copy', HTMLElement).append(copyButton('player for other sites', embed, 'Copy embed code'));
  return {
    open() {
      encoder.open();
      const facts = studio.facts();
      if (facts) this.update?.(facts);
    },
    reload: encoder.reload,
    update(facts) {
      const words = stageWords(facts);
      const isOther = channel !== facts.channel.id;
      if (isOther || words.stage !== stage) {
        if (!isOther && stage !== null) announce(`${words.headline}. ${words.sentence}`);
        foldSteps(words.stage);
        if (isOther || words.stage === 'listening') byId('clip-made', HTMLElement).hidden = true;
        channel = facts.channel.id;
        stage = words.stage;
      }
      setText(byId('stage-headline', HTMLElement), words.headline);
      setText(byId('stage-sentence', HTMLElement), words.sentence);
      drawStage(facts, words.stage);
      const isOpen = !byId('section-live', HTMLElement).hidden && !document.hidden;
      preview.show(words.stage === 'live' && isOpen ? previewUrl(facts) : null, facts.broadcast?.id ?? '');
    },
  };
}

/** The first two steps are in the way once an encoder is connected. */
function foldSteps(stage: Stage): void {
  for (const id of ['step-encoder', 'step-settings']) byId(id, HTMLDetailsElement).open = stage === 'listening';
}

function drawStage(facts: Facts, stage: Stage): void {
  const onAir = isOnAir(stage);
  byId('stage', HTMLElement).dataset.stage = stage;
  byId('on-air', HTMLElement).hidden = stage !== 'live';
  line('timer', timerText(facts));
  line('countdown', countdownText(facts));
  byId('no-preview', HTMLElement).hidden = stage !== 'live' || facts.channel.visibility !== 'signed';
  byId('pulse', HTMLElement).hidden = stage === 'live';
  const report = onAir ? (facts.broadcast?.report ?? null) : null;
  fillTerms(byId('seen', HTMLElement), seenLines(report));
  const findings = worstFirst(report?.findings ?? []).slice(0, studioLimits.findingsShownMax);
  drawFindings(
    byId('findings', HTMLElement),
    findings.map((finding) => ({ finding, closedMs: null })),
    facts.nowMs,
  );
  byId('clip-last', HTMLElement).hidden = stage !== 'live' && stage !== 'interrupted';
  byId('end', HTMLElement).hidden = !onAir;
  byId('reopen', HTMLElement).hidden = stage !== 'closed';
  byId('open-watch', HTMLAnchorElement).href = facts.channel.playback.watch;
}

function line(id: string, text: string | null): void {
  const element = byId(id, HTMLElement);
  element.hidden = text === null;
  setText(element, text ?? '');
}

function startActions(studio: Studio): void {
  const clip = byId('clip-last', HTMLButtonElement);
  clip.addEventListener('click', () =>
    whileBusy(clip, async () => {
      const answer = await studio.api.send('POST', '/clips', { channel: studio.channel(), lastS: clipLastS });
      if (!answer.ok) return studio.tell(answer.sentence, 'bad');
      showClip(answer.body);
      announce('The clip is made.');
    }),
  );
  const end = byId('end', HTMLButtonElement);
  end.addEventListener('click', async () => {
    const sentence =
      'Viewers see that it is over, and the replay is made. The channel is closed as well, or your encoder would begin again by itself: open it here before the next broadcast.';
    if (await confirm({ title: 'End this broadcast?', sentence, action: 'End and close' })) {
      await whileBusy(end, () => close(studio, true));
    }
  });
  const reopen = byId('reopen', HTMLButtonElement);
  reopen.addEventListener('click', () => whileBusy(reopen, () => close(studio, false)));
}

async function close({ api, channel, look, tell }: Studio, disabled: boolean): Promise<void> {
  const answer = await api.send('PATCH', `/channels/${channel()}`, { disabled });
  if (!answer.ok) return tell(answer.sentence, 'bad');
  look();
}

function showClip({ title, playback }: Clip): void {
  const url = `${location.origin}${playback.page}`;
  const link = makeLink('Open the clip', 'button', 'open');
  link.href = playback.page;
  link.target = '_blank';
  link.rel = 'noopener';
  const place = byId('clip-made', HTMLElement);
  place.replaceChildren(
    make('p', '', `Clip made: ${title}`),
    link,
    copyButton('clip link', () => url, 'Copy link'),
  );
  place.hidden = false;
}
