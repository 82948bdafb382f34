import { byId, setText } from '../page/element.ts';
import { clamp, type MediaRange, playableRange, positionText } from './media-range.ts';
import { stepByArrows } from './slider-keys.ts';
import { type Thumb, thumbAt } from './thumbs.ts';

/** The bar in which a replay is moved through, and the time beside it. Times are told from the range's start. */
export interface Scrubber {
  /** Null: everything that can be played. */
  limit(range: MediaRange | null): void;
  setThumbs(thumbs: readonly Thumb[]): void;
  /** What it spans now, seconds of media time; null before that is known. */
  range(): MediaRange | null;
}

/** The scrubber of the page: a native slider, so that keys and screen readers know it. */
export function createScrubber(video: HTMLVideoElement): Scrubber {
  const slider = byId('scrubber', HTMLInputElement);
  const time = byId('position', HTMLElement);
  const preview = createPreview(slider);
  let limit: MediaRange | null = null;
  let thumbs: readonly Thumb[] = [];
  const range = () => limit ?? playableRange(video);
  const update = () => {
    const span = range();
    slider.disabled = span === null;
    if (!span) return;
    const lengthS = span.endS - span.startS;
    const atS = clamp(video.currentTime, span) - span.startS;
    slider.max = lengthS.toFixed(3);
    slider.value = atS.toFixed(3);
    slider.style.setProperty('--played', percent(atS, lengthS));
    slider.style.setProperty('--buffered', percent(bufferedTo(video) - span.startS, lengthS));
    slider.setAttribute('aria-valuetext', `${positionText(atS)} of ${positionText(lengthS)}`);
    setText(time, `${positionText(atS)} / ${positionText(lengthS)}`);
  };
  const show = (atS: number) => {
    const span = range();
    if (span) preview.show(atS / (span.endS - span.startS || 1), atS, thumbAt(thumbs, span.startS + atS));
  };
  stepByArrows(slider, 5);
  slider.addEventListener('input', () => {
    const span = range();
    if (!span) return;
    video.currentTime = span.startS + Number(slider.value);
    if (slider.matches(':active')) show(Number(slider.value));
  });
  slider.addEventListener('pointermove', (event) => {
    const { left, width } = slider.getBoundingClientRect();
    show(clamp((event.clientX - left) / width, { startS: 0, endS: 1 }) * Number(slider.max));
  });
  for (const type of ['pointerleave', 'pointercancel', 'change', 'blur']) slider.addEventListener(type, preview.hide);
  for (const type of ['timeupdate', 'seeking', 'progress', 'durationchange', 'loadedmetadata']) {
    video.addEventListener(type, update);
  }
  return {
    limit(next) {
      limit = next;
      update();
    },
    setThumbs(next) {
      thumbs = next;
    },
    range,
  };
}

function percent(part: number, whole: number): string {
  return `${(whole > 0 ? clamp(part / whole, { startS: 0, endS: 1 }) * 100 : 0).toFixed(2)}%`;
}

/** End of the buffer around the position, media time in seconds. */
function bufferedTo({ buffered, currentTime }: HTMLVideoElement): number {
  for (let i = 0; i < buffered.length; i++) {
    if (buffered.start(i) <= currentTime + 0.1 && currentTime <= buffered.end(i)) return buffered.end(i);
  }
  return currentTime;
}

/** The picture and the time above the pointer. */
function createPreview(slider: HTMLInputElement) {
  const box = byId('preview', HTMLElement);
  const picture = byId('preview-picture', HTMLElement);
  const label = byId('preview-time', HTMLElement);
  return {
    show(share: number, atS: number, thumb: Thumb | null) {
      box.hidden = false;
      setText(label, positionText(atS));
      picture.hidden = thumb === null;
      if (thumb) {
        picture.style.width = `${thumb.width}px`;
        picture.style.height = `${thumb.height}px`;
        picture.style.background = `url("${encodeURI(thumb.url)}") -${thumb.x}px -${thumb.y}px`;
      }
      const room = slider.clientWidth;
      const half = box.offsetWidth / 2;
      box.style.left = `${Math.min(Math.max(share * room, half), Math.max(half, room - half))}px`;
    },
    hide: () => {
      box.hidden = true;
    },
  };
}
