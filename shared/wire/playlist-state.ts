/**
 * What the origin tells the edge about a media playlist, beside its text, so that the edge can answer
 * blocking requests by itself without parsing (rules of rfc8216bis 6.2.5.2).
 */
export const playlistStateHeader = 'headwater-playlist';

export interface PlaylistState {
  /** Last listed media sequence number. */
  readonly msn: number;
  /** Last listed part of `msn`; -1 when none is listed. */
  readonly part: number;
  /** Segment `msn` is complete. */
  readonly complete: boolean;
  readonly targetDurationS: number;
  readonly partTargetS: number;
  readonly ended: boolean;
}

/** `msn=12;part=3;complete=0;td=2;pt=0.2;ended=0` */
export function formatPlaylistState(state: PlaylistState): string {
  const flag = (on: boolean) => (on ? 1 : 0);
  return `msn=${state.msn};part=${state.part};complete=${flag(state.complete)};td=${state.targetDurationS};pt=${state.partTargetS};ended=${flag(state.ended)}`;
}

const pattern =
  /^msn=(\d{1,12});part=(-1|\d{1,6});complete=([01]);td=(\d{1,4});pt=(\d{1,3}(?:\.\d{1,6})?);ended=([01])$/;

/** Parses the header, or null when it is missing or malformed. */
export function parsePlaylistState(header: string | null): PlaylistState | null {
  const match = header === null ? null : pattern.exec(header);
  if (!match) return null;
  const [, msn, part, complete, td, pt, ended] = match;
  return {
    msn: Number(msn),
    part: Number(part),
    complete: complete === '1',
    targetDurationS: Number(td),
    partTargetS: Number(pt),
    ended: ended === '1',
  };
}
