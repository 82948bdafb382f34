import { announce } from '../page/announce.ts';
import { byId, setText } from '../page/element.ts';
import { defaultClip, slicePath, stripAround, withEnd, withStart } from './clip-range.ts';
import { isThere } from './download.ts';
import { type ClockPoint, dateAt } from './media-clock.ts';
import { clamp, type MediaRange, playableRange, positionText } from './media-range.ts';
import { guardRange, type RangeGuard } from './range-guard.ts';
import { copyText } from './share.ts';
import { stepByArrows } from './slider-keys.ts';

/** What the panel needs of its page. */
export interface ClipSources {
  readonly video: HTMLVideoElement;
  broadcast(): string | null;
  clock(): Promise<readonly ClockPoint[]>;
  /** A part to stay in; null: all that can be played. */
  limit(): MediaRange | null;
  /** Where an MP4 of a range of this broadcast would be; null: nowhere. */
  file(broadcast: string): string | null;
}

/** The panel below the picture in which a clip is cut. */
export interface ClipPanel {
  toggle(): void;
  /** Whether there is a picture to cut from. */
  offer(isOffered: boolean): void;
}

interface Cut {
  readonly broadcast: string;
  /** Media time that is told as 0:00. */
  readonly zeroS: number;
  readonly strip: MediaRange;
  readonly clip: MediaRange;
  readonly clock: readonly ClockPoint[];
}

/** The clip panel of the page. */
export function createClipPanel(sources: ClipSources): ClipPanel {
  const { video } = sources;
  const panel = byId('clip', HTMLElement);
  const button = byId('clip-button', HTMLButtonElement);
  const start = byId('clip-start', HTMLInputElement);
  const end = byId('clip-end', HTMLInputElement);
  const copy = byId('clip-copy', HTMLButtonElement);
  const download = byId('clip-download', HTMLAnchorElement);
  let cut: Cut | null = null;
  let guard: RangeGuard | null = null;
  const endPreview = () => {
    guard?.release();
    guard = null;
  };
  const change = (clip: MediaRange) => {
    if (!cut) return;
    cut = { ...cut, clip };
    endPreview();
    drawCut(cut);
    const whole = sources.file(cut.broadcast);
    const file = whole && slicePath(whole, dateAt(cut.clock, clip.startS), dateAt(cut.clock, clip.endS));
    if (file) download.href = file;
  };
  const close = () => {
    endPreview();
    cut = null;
    panel.hidden = true;
    button.setAttribute('aria-expanded', 'false');
    button.focus();
  };
  const open = async () => {
    const broadcast = sources.broadcast();
    const playable = sources.limit() ?? playableRange(video);
    const clock = broadcast && playable ? await sources.clock() : [];
    if (!broadcast || !playable || clock.length === 0) return announce('Nothing can be clipped yet.');
    // The stage alone is seen in full screen, and the panel stands beside it.
    if (document.fullscreenElement) await document.exitFullscreen().catch(() => undefined);
    const strip = stripAround(playable, video.currentTime);
    cut = { broadcast, zeroS: playable.startS, strip, clip: defaultClip(strip, video.currentTime), clock };
    panel.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    change(cut.clip);
    end.focus();
    const whole = sources.file(broadcast);
    download.hidden = whole === null || !(await isThere(whole));
  };
  for (const slider of [start, end]) stepByArrows(slider, 1);
  start.addEventListener('input', () => {
    if (!cut) return;
    change(withStart(cut.clip, cut.strip.startS + Number(start.value), cut.strip));
    if (cut) video.currentTime = cut.clip.startS;
  });
  end.addEventListener('input', () => {
    if (!cut) return;
    change(withEnd(cut.clip, cut.strip.startS + Number(end.value), cut.strip));
    if (cut) video.currentTime = Math.max(cut.clip.startS, cut.clip.endS - 0.05);
  });
  byId('clip-preview', HTMLButtonElement).addEventListener('click', () => {
    if (!cut) return;
    endPreview();
    video.currentTime = cut.clip.startS;
    guard = guardRange(video, cut.clip, endPreview);
    video.play().catch(() => undefined);
  });
  copy.addEventListener('click', async () => {
    if (!cut) return;
    const { clip, clock, broadcast } = cut;
    const path = slicePath(`/replay/${broadcast}`, dateAt(clock, clip.startS), dateAt(clock, clip.endS));
    if (!path) return;
    const copied = await copyText(location.origin + path);
    showLink(location.origin + path, copied);
  });
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    close();
  });
  byId('clip-close', HTMLButtonElement).addEventListener('click', close);
  const toggle = () => {
    if (button.hidden) return;
    if (panel.hidden) void open();
    else close();
  };
  button.addEventListener('click', toggle);
  return {
    toggle,
    offer(isOffered) {
      button.hidden = !isOffered && panel.hidden;
    },
  };
}

/** Shows the handles, and in words what they stand at. */
function drawCut({ zeroS, strip, clip }: Cut): void {
  const lengthS = strip.endS - strip.startS;
  const track = byId('clip-track', HTMLElement);
  const handles = [
    ['clip-start', 'clip-start-time', 'Begins at', clip.startS],
    ['clip-end', 'clip-end-time', 'Ends at', clip.endS],
  ] as const;
  for (const [id, label, words, timeS] of handles) {
    const slider = byId(id, HTMLInputElement);
    const atS = clamp(timeS, strip) - strip.startS;
    slider.max = lengthS.toFixed(3);
    slider.value = atS.toFixed(3);
    const told = positionText(timeS - zeroS);
    slider.setAttribute('aria-valuetext', told);
    setText(byId(label, HTMLElement), `${words} ${told}`);
  }
  track.style.setProperty('--from', `${((clip.startS - strip.startS) / lengthS) * 100}%`);
  track.style.setProperty('--to', `${((clip.endS - strip.startS) / lengthS) * 100}%`);
  setText(byId('clip-length', HTMLElement), `${(clip.endS - clip.startS).toFixed(1)} s`);
  byId('clip-link', HTMLInputElement).hidden = true;
}

/** The link itself, for those whose browser lets no page write to the clipboard. */
function showLink(url: string, copied: boolean): void {
  const field = byId('clip-link', HTMLInputElement);
  field.value = url;
  field.hidden = false;
  if (!copied) field.select();
  announce(copied ? 'Link copied' : 'Copy the link in the field');
  setText(byId('clip-copy-label', HTMLElement), copied ? 'Link copied' : 'Copy link');
  setTimeout(() => setText(byId('clip-copy-label', HTMLElement), 'Copy link'), 2_500);
}
