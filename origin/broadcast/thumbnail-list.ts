import { thumbnailLimits } from '#shared/limits/store.ts';
import { thumbnailSheetFile } from '#shared/model/object-name.ts';

/** A small picture: of which time, and where in which sheet. */
export interface Thumbnail {
  /** Seconds of listed media since the broadcast's first segment. */
  readonly startS: number;
  readonly sheet: number;
  /** Place in the sheet, row by row. */
  readonly tile: number;
}

/** All small pictures of a broadcast, which have one size. */
export interface ThumbnailList {
  readonly width: number;
  readonly height: number;
  readonly thumbnails: readonly Thumbnail[];
}

/** Pictures in one sheet. */
export const tilesPerSheet = thumbnailLimits.sheetColumns * thumbnailLimits.sheetRows;

/**
 * WebVTT whose cues name a part of a sheet (Media Fragments URI 1.0, 4.2.2). A picture stands until the next one.
 * @param endS where the last picture's cue ends
 * @param startMs wall-clock time of second 0
 */
export function writeThumbnails({ width, height, thumbnails }: ThumbnailList, endS: number, startMs: number): string {
  const cues = thumbnails.map(({ startS, sheet, tile }, i) => {
    const untilS = thumbnails[i + 1]?.startS ?? Math.max(endS, startS + 0.001);
    const x = (tile % thumbnailLimits.sheetColumns) * width;
    const y = Math.floor(tile / thumbnailLimits.sheetColumns) * height;
    const place = `${thumbnailSheetFile(sheet)}#xywh=${x},${y},${width},${height}`;
    return `${formatTime(startS)} --> ${formatTime(untilS)}\n${place}\n`;
  });
  const note = `NOTE Second 0 is the first segment of the broadcast, ${new Date(startMs).toISOString()}.\n`;
  return ['WEBVTT\n', note, ...cues].join('\n');
}

const cuePattern = /^(\d+):(\d\d):(\d\d\.\d{3}) --> .*\nthumbs-(\d+)\.jpg#xywh=(\d+),(\d+),(\d+),(\d+)$/gm;

/** Reads what {@link writeThumbnails} wrote; null when there is no picture in it. */
export function readThumbnails(text: string): ThumbnailList | null {
  let size: { width: number; height: number } | null = null;
  const thumbnails: Thumbnail[] = [];
  for (const match of text.matchAll(cuePattern)) {
    const [hours = 0, minutes = 0, seconds = 0, sheet = 0, x = 0, y = 0, width = 1, height = 1] = match
      .slice(1)
      .map(Number);
    size = { width, height };
    const tile = (y / height) * thumbnailLimits.sheetColumns + x / width;
    thumbnails.push({ startS: hours * 3_600 + minutes * 60 + seconds, sheet, tile });
  }
  return size && { ...size, thumbnails };
}

/** `01:02:03.450` */
function formatTime(seconds: number): string {
  const totalMs = Math.round(seconds * 1_000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const ms = String(totalMs % 1_000).padStart(3, '0');
  return `${two(totalMs / 3_600_000)}:${two((totalMs / 60_000) % 60)}:${two((totalMs / 1_000) % 60)}.${ms}`;
}
