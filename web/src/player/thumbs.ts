/** A small picture for a stretch of the media: a part of a sheet of pictures. */
export interface Thumb {
  readonly startS: number;
  readonly endS: number;
  readonly url: string;
  /** Pixels inside the sheet. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const timing = /^(?:(\d+):)?(\d\d):(\d\d\.\d{3})[ \t]+-->[ \t]+(?:(\d+):)?(\d\d):(\d\d\.\d{3})/;
const place = /^(\S+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/;

/** Reads WebVTT whose cues name parts of pictures (Media Fragments URI 4.2.2); what does not fit is left out. */
export function parseThumbs(text: string, baseUrl: string): Thumb[] {
  const thumbs: Thumb[] = [];
  const lines = text.split(/\r?\n/);
  for (const [i, line] of lines.entries()) {
    const times = timing.exec(line);
    const part = times && place.exec(lines[i + 1]?.trim() ?? '');
    if (!part) continue;
    const [, h1, m1, s1, h2, m2, s2] = times;
    const [, uri = '', ...numbers] = part;
    const [x = 0, y = 0, width = 0, height = 0] = numbers.map(Number);
    const url = new URL(uri, baseUrl).href;
    thumbs.push({ startS: seconds(h1, m1, s1), endS: seconds(h2, m2, s2), url, x, y, width, height });
  }
  return thumbs;
}

/** The picture for a time; null where there is none. Thumbs are in order. */
export function thumbAt(thumbs: readonly Thumb[], timeS: number): Thumb | null {
  const thumb = thumbs.findLast(({ startS }) => startS <= timeS);
  return thumb && timeS < thumb.endS ? thumb : null;
}

/** Fetches them; none when there is no such file. Never rejects. */
export async function fetchThumbs(path: string): Promise<readonly Thumb[]> {
  try {
    const response = await fetch(path);
    return response.ok ? parseThumbs(await response.text(), response.url) : [];
  } catch {
    return [];
  }
}

function seconds(h = '0', m = '0', s = '0'): number {
  return Number(h) * 3_600 + Number(m) * 60 + Number(s);
}
