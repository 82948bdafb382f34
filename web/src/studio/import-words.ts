import type { Import } from '#shared/api/shapes.ts';
import { importLimits } from '#shared/limits/control.ts';
import { type ImportWait, importWaitWords } from '#shared/model/import.ts';
import { dateText, sizeText } from './dates.ts';

/** An upload that this page carries out. */
export interface UploadNow {
  readonly sentBytes: number;
  /** Why it waits; empty: it does not. */
  readonly waits: string;
}

/** The words of one import. */
export interface ImportWords {
  readonly title: string;
  readonly facts: string;
  readonly state: string;
  readonly tone: 'good' | 'busy' | 'bad' | 'off';
  /** 0 to 1; null: nothing moves. */
  readonly share: number | null;
}

/**
 * An import as the studio names it; dates in the reader's language unless another is given.
 * @param here null: this page does not upload it
 */
export function importWords(item: Import, here: UploadNow | null, locale?: string, timeZone?: string): ImportWords {
  const { name, title, sizeBytes, createdMs } = item;
  const facts = [sizeText(sizeBytes), dateText(createdMs, locale, timeZone)];
  return {
    title: title ?? name,
    facts: (title === null ? facts : [name, ...facts]).join(' · '),
    ...stateWords(item, here),
  };
}

/** Nothing more comes of it by itself. */
export function isOver({ state }: Import): boolean {
  return state === 'ready' || state === 'failed' || state === 'cancelled';
}

/** What nobody but an operator ends. */
const stuck: ReadonlySet<ImportWait> = new Set(['no_origin', 'origins_drain', 'not_taken']);

function stateWords(item: Import, here: UploadNow | null): Pick<ImportWords, 'state' | 'tone' | 'share'> {
  const { state, share, waits, problem } = item;
  if (waits) {
    const past = state === 'queued' ? 'Uploaded' : 'Broke off';
    const words = `${past}, waits for an origin: ${importWaitWords[waits]}`;
    return { state: words, tone: stuck.has(waits) ? 'bad' : 'busy', share: null };
  }
  switch (state) {
    case 'receiving':
      return here
        ? uploadWords(here, item)
        : { state: `${percent(share)} uploaded, this page sends nothing`, tone: 'off', share };
    case 'queued':
      return { state: 'Uploaded, waits for an origin', tone: 'busy', share: null };
    case 'encoding':
      return { state: `Encoding, ${percent(share)}`, tone: 'busy', share };
    case 'uploading':
      return { state: `Storing, ${percent(share)}`, tone: 'busy', share };
    case 'ready':
      return { state: 'Ready', tone: 'good', share: null };
    case 'cancelled':
      return { state: 'Cancelled', tone: 'off', share: null };
    default:
      return { state: `Failed: ${problem?.detail ?? 'nobody said why.'}`, tone: 'bad', share: null };
  }
}

function uploadWords(
  { sentBytes, waits }: UploadNow,
  { sizeBytes }: Import,
): Pick<ImportWords, 'state' | 'tone' | 'share'> {
  const share = sentBytes / sizeBytes;
  if (waits !== '') return { state: `Upload waits at ${percent(share)}: ${waits}`, tone: 'bad', share };
  return { state: `Uploading, ${percent(share)}`, tone: 'busy', share };
}

function percent(share: number): string {
  return `${Math.floor(100 * share)} %`;
}

/** A file's name as the API keeps it. */
export function importName(fileName: string): string {
  return [...fileName.normalize('NFC').trim()].slice(0, importLimits.nameCharsMax).join('').trim();
}

/** Why a file cannot be imported; empty: it can be tried. */
export function fileTrouble({ size }: { readonly size: number }): string {
  const sizeBytesMax = importLimits.partBytes * importLimits.partsMax;
  if (size === 0) return 'This file is empty.';
  return size > sizeBytesMax ? `This file is larger than ${sizeText(sizeBytesMax)}.` : '';
}
