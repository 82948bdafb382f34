import { type Directives, judgeBlocking } from '#shared/hls/directives.ts';
import { initFile, posterFile, thumbnailSheetFile, thumbnailsFile } from '#shared/model/object-name.ts';
import { type ProblemCode, problem } from '#shared/model/problem.ts';
import type { BroadcastRoute } from '#shared/route/route.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import type { LiveMedia, LiveSource } from './live-source.ts';

/** What a request gets, as a value: bytes, a problem, or "ask again when the rendition changes". */
export type Answer =
  | Settled
  | { readonly kind: 'hold'; readonly rendition: string }
  /** Read it, then {@link storedAnswer}. */
  | { readonly kind: 'stored'; read(): Promise<Buffer | null> }
  /** Read it, then {@link pictureAnswer}. */
  | { readonly kind: 'picture'; read(): Promise<Buffer | null> };

/** An answer that can be sent. */
export type Settled =
  | { readonly kind: 'body'; readonly body: readonly Buffer[]; readonly state?: PlaylistState }
  /** A segment in the making: its parts are sent as they come (never a part itself, rfc8216bis 6.2.6). */
  | { readonly kind: 'live-segment'; readonly rendition: string; readonly msn: number }
  /** A segment that nobody will ever have, and the file that is named in its place. */
  | { readonly kind: 'hole'; readonly file: string }
  | { readonly kind: 'problem'; readonly code: ProblemCode; readonly detail: string };

/** Decides one request against the present state of a broadcast. */
export function answerRoute(source: LiveSource, route: BroadcastRoute, directives: Directives, nowMs: number): Answer {
  switch (route.kind) {
    case 'multivariant':
      return text(source.multivariant());
    case 'mpd':
      return text(source.mpd(nowMs));
    case 'media-playlist':
      return playlist(source, route.rendition, directives);
    case 'iframe-playlist':
      return iframes(source.iframePlaylist(route.rendition));
    case 'segment-list':
      return segments(source.segmentList(route.rendition));
    case 'init':
      return media(source.init(route.rendition, route.initNumber), route.rendition);
    case 'segment':
      return segment(source, route.rendition, route.msn);
    case 'poster':
      return { kind: 'picture', read: () => source.picture(posterFile) };
    case 'thumbnails':
      return { kind: 'picture', read: () => source.picture(thumbnailsFile) };
    case 'thumbnail-sheet':
      return { kind: 'picture', read: () => source.picture(thumbnailSheetFile(route.sheet)) };
    case 'part':
      return media(source.part(route.rendition, route.msn, route.part), route.rendition);
  }
}

function text(manifest: string | null): Answer {
  if (manifest === null) return refusal('too_early', 'The broadcast has begun, its first segment is being made.');
  return { kind: 'body', body: [Buffer.from(manifest)] };
}

function playlist(source: LiveSource, rendition: string, directives: Directives): Answer {
  const found = source.playlist(rendition, directives.skip !== null);
  if (!found) return refusal('not_found', 'This broadcast has no such rendition.');
  switch (judgeBlocking(found.state, directives)) {
    case 'now':
      return { kind: 'body', body: [Buffer.from(found.text)], state: found.state };
    case 'hold':
      return { kind: 'hold', rendition };
    case 'too_far':
      return refusal('too_far_ahead', `The live edge is at segment ${found.state.msn}, part ${found.state.part}.`);
  }
}

function iframes(found: string | 'absent' | null): Answer {
  if (found === 'absent') return refusal('not_found', 'This broadcast has no such video rendition.');
  return text(found);
}

function segments(found: string | null): Answer {
  return found === null ? refusal('not_found', 'This broadcast has no such rendition.') : text(found);
}

function segment(source: LiveSource, rendition: string, msn: number): Answer {
  const found = source.segment(rendition, msn);
  return found.kind === 'open' ? { kind: 'live-segment', rendition, msn } : media(found, rendition);
}

function media(found: LiveMedia, rendition: string): Answer {
  switch (found.kind) {
    case 'open':
    case 'found':
      return { kind: 'body', body: found.parts };
    case 'stored':
      return found;
    case 'hole':
      return { kind: 'hole', file: initFile(found.initNumber) };
    case 'wait':
      return { kind: 'hold', rendition };
    case 'gone':
      return gone;
    case 'absent':
      return refusal('not_found', 'There is no such media here, and none is announced under this name.');
  }
}

/** What an object from the store answers; null: the store no longer has it. */
export function storedAnswer(bytes: Buffer | null): Settled {
  return bytes ? { kind: 'body', body: [bytes] } : gone;
}

/** What a picture from the store answers; null: there is none, or not yet. */
export function pictureAnswer(bytes: Buffer | null): Settled {
  return bytes ? { kind: 'body', body: [bytes] } : refusal('not_found', 'There is no such picture.');
}

const gone = refusal('gone', 'This has left the live window.');

function refusal(code: ProblemCode, detail: string): Settled {
  return { kind: 'problem', code, detail };
}

/** The body of a problem answer. @param reason why a signature was refused */
export function problemBody(
  code: ProblemCode,
  detail: string,
  reason?: string,
): { readonly status: number; readonly body: Buffer } {
  const document = problem(code, detail);
  return { status: document.status, body: Buffer.from(JSON.stringify({ ...document, reason })) };
}
