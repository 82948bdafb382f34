import { readSegmentList } from '#shared/wire/segment-list.ts';
import { alignTrack, type FileTrack, type Mp4File, planFile } from '../../workers/replay/mp4-file.ts';
import { placeRange } from '../../workers/replay/place-range.ts';
import type { makeCodedBroadcast } from './coded-broadcast.ts';

type Broadcast = Awaited<ReturnType<typeof makeCodedBroadcast>>;

/** A range, ms on the wall clock, as the plan of a file and as its bytes. */
export function fileOfRange({ window, stored }: Broadcast, startMs: number, endMs: number) {
  const [main, sound] = ['v180', 'a1'].map((name) => readSegmentList(window.segmentList(name) ?? ''));
  if (!main || !sound) throw new Error('no lists');
  const range = placeRange(main, { base: 'clock', startMs, endMs });
  if ('fault' in range) throw new Error(range.fault);
  const bytesOf = (path: string) => new Uint8Array(stored.get(path) ?? Buffer.alloc(0));
  const track = (rendition: string, kind: FileTrack['kind'], timescale: number, segments: FileTrack['segments']) => {
    const init = bytesOf(`${rendition}/init-${segments[0]?.initNumber}.mp4`);
    return { rendition, kind, timescale, segments, init };
  };
  const tracks = [
    track('v180', 'video', main.timescale, range.segments),
    track('a1', 'audio', sound.timescale, alignTrack(range.segments, main.timescale, sound)),
  ];
  const firsts = tracks.map(({ rendition, segments }) => {
    return bytesOf(`${rendition}/${segments.find(({ gap }) => !gap)?.msn}.m4s`);
  });
  const file = planFile(tracks, range, firsts);
  return { range, file, bytes: () => bytesOfFile(file, bytesOf) };
}

function bytesOfFile({ pieces }: Mp4File, bytesOf: (path: string) => Uint8Array): Buffer {
  const parts = pieces.map((piece) => {
    if (piece.bytes) return piece.bytes;
    const bytes = bytesOf(`${piece.rendition}/${piece.msn}.m4s`);
    piece.place(bytes);
    return bytes;
  });
  return Buffer.concat(parts);
}
