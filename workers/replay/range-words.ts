import { LibraryError } from './library.ts';
import type { RangeFault } from './place-range.ts';

/** Why a range cannot be had, in words that name what can. */
export function explainFault({ fault, fromMs, untilMs }: RangeFault, ended: boolean): LibraryError {
  switch (fault) {
    case 'no_media':
      return new LibraryError(ended ? 'not_found' : 'too_early', 'This broadcast has no complete segment.');
    case 'beginning_unknown':
      return new LibraryError(
        'bad_request',
        'The beginning has left the window; give start and end as times like 2026-11-21T12:00:00Z.',
      );
    default:
      return outside(fromMs, untilMs);
  }
}

/** The range reaches past what there is. */
export function outside(fromMs: number, untilMs: number): LibraryError {
  const [from, until] = [Math.ceil(fromMs), Math.floor(untilMs)].map((ms) => new Date(ms).toISOString());
  return new LibraryError('outside_media', `There is media from ${from} to ${until}; choose a range inside of it.`);
}

/** One file holds one encoding; the halves of the range do. */
export function changesAt(rendition: string, atMs: number): LibraryError {
  const at = new Date(atMs).toISOString();
  const detail = `The encoding of ${rendition} changes at ${at}: download what lies before (end=${at}) and after (start=${at}).`;
  return new LibraryError('encoding_changes', detail);
}
