import { edgeLimits } from '#shared/limits/edge.ts';
import type { ForeignTraits } from '../cache/answer.ts';
import type { Policy } from '../cache/policy.ts';
import type { ForeignPlaylist } from '../manifest/foreign-state.ts';

/** Media types by extension: what a server says of a name is believed only where the name says nothing. */
const mediaTypes: Readonly<Record<string, string>> = Object.freeze({
  ts: 'video/mp2t',
  m4s: 'video/iso.segment',
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  m4a: 'audio/mp4',
  cmfv: 'video/mp4',
  cmfa: 'audio/mp4',
  cmft: 'application/mp4',
  webm: 'video/webm',
  aac: 'audio/aac',
  ac3: 'audio/ac3',
  ec3: 'audio/eac3',
  mp3: 'audio/mpeg',
  vtt: 'text/vtt',
  jpg: 'image/jpeg',
});

const playlistType = 'application/vnd.apple.mpegurl';
const mpdType = 'application/dash+xml';

/** What an object is: by its name, else by the type that its server gave it. Nothing else is passed on under its own type. */
export function foreignKind(pathname: string, contentType: string | null): Pick<ForeignTraits, 'kind' | 'contentType'> {
  const extension = /\.([A-Za-z0-9]{1,5})$/.exec(pathname)?.[1]?.toLowerCase() ?? '';
  if (extension === 'm3u8' || extension === 'm3u') return { kind: 'playlist', contentType: playlistType };
  if (extension === 'mpd') return { kind: 'mpd', contentType: mpdType };
  const known = mediaTypes[extension];
  if (known) return { kind: 'media', contentType: known };
  const said = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (/mpegurl$/.test(said)) return { kind: 'playlist', contentType: playlistType };
  if (said === mpdType) return { kind: 'mpd', contentType: mpdType };
  if (/^(?:video|audio)\/[a-z0-9.+-]{1,40}$/.test(said)) return { kind: 'media', contentType: said };
  return { kind: 'other', contentType: 'application/octet-stream' };
}

/** Half a target duration; a multivariant playlist and one that has ended a little longer (rfc8216bis appendix B.1). */
export function playlistLifetimes({ targetDurationS, ended }: ForeignPlaylist): Policy {
  const { foreignManifestMsMax } = edgeLimits;
  if (targetDurationS === null) return moving(foreignManifestMsMax, 3 * foreignManifestMsMax);
  return moving(ended ? targetDurationS * 1_000 : targetDurationS * 500, 3 * targetDurationS * 1_000);
}

const periodPattern = /\bminimumUpdatePeriod="PT(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?"/;

/** Half of minimumUpdatePeriod (ISO/IEC 23009-1 5.3.1.2), within bounds. */
export function mpdLifetimes(mpd: string): Policy {
  const { foreignManifestMsMax } = edgeLimits;
  const [, minutes, seconds] = periodPattern.exec(mpd) ?? [];
  const periodMs = (Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * 1_000;
  const isStatic = /<MPD[^>]*\btype="static"/.test(mpd);
  const freshMs = isStatic ? foreignManifestMsMax : Math.min(foreignManifestMsMax, Math.max(200, periodMs / 2));
  return moving(freshMs, 3 * foreignManifestMsMax);
}

/**
 * As long as its server says, within bounds, less the time that it has been in others' caches; one that says nothing gets a
 * minute. What is not media lives a second (RFC 9111, 4.2.1 and 4.2.3).
 */
export function objectLifetimes(kind: 'media' | 'other', cacheControl: string | null, age: string | null): Policy {
  const said = cacheControl ?? '';
  const isPrivate = /\b(?:no-store|no-cache|private)\b/i.test(said);
  if (kind === 'other' || isPrivate) return moving(edgeLimits.foreignOtherMs, 0);
  // A shared cache heeds its own directive first, wherever it stands.
  const [, maxAgeS] = /\bs-maxage="?(\d{1,9})\b/i.exec(said) ?? /\bmax-age="?(\d{1,9})\b/i.exec(said) ?? [];
  const ageS = /^\d{1,9}$/.test(age ?? '') ? Number(age) : 0;
  const askedMs = maxAgeS === undefined ? edgeLimits.foreignMediaMsDefault : (Number(maxAgeS) - ageS) * 1_000;
  const freshMs = Math.min(edgeLimits.foreignMediaMsMax, Math.max(edgeLimits.foreignOtherMs, askedMs));
  const viewer = `public, max-age=${Math.floor(freshMs / 1_000)}`;
  return { freshMs, staleMs: freshMs + edgeLimits.foreignStaleMsMax, inPopCache: true, viewer };
}

function moving(freshMs: number, staleMs: number): Policy {
  const viewer = `public, max-age=0, s-maxage=${Math.max(1, Math.floor(freshMs / 1_000))}`;
  return { freshMs, staleMs, inPopCache: false, viewer };
}
