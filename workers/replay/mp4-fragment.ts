import { BoxError, type BoxPlace, boxesIn, viewOf, words, writeBox } from './boxes.ts';

/** A sample of a CMAF segment: times in ticks of the segment's own, `at` its place in the segment's bytes. */
export interface Sample {
  readonly decodeTicks: number;
  readonly compositionTicks: number;
  readonly durationTicks: number;
  readonly flags: number;
  readonly at: number;
  readonly sizeBytes: number;
}

/** The samples of a segment of one track, in decode order. Throws BoxError. */
export function readSamples(bytes: Uint8Array): readonly Sample[] {
  const samples: Sample[] = [];
  for (const moof of boxesIn(bytes).filter(({ type }) => type === 'moof')) {
    const children = boxesIn(bytes, moof.payload, moof.to);
    for (const traf of children.filter(({ type }) => type === 'traf')) readTrack(bytes, moof.from, traf, samples);
  }
  return samples;
}

function readTrack(bytes: Uint8Array, base: number, traf: BoxPlace, samples: Sample[]): void {
  const view = viewOf(bytes);
  let defaults = { durationTicks: 0, sizeBytes: 0, flags: 0 };
  let decodeTicks = 0;
  for (const { type, payload } of boxesIn(bytes, traf.payload, traf.to)) {
    if (type === 'tfhd') defaults = readDefaults(view, payload);
    else if (type === 'tfdt') {
      decodeTicks = view.getUint8(payload) === 1 ? Number(view.getBigUint64(payload + 4)) : view.getUint32(payload + 4);
    } else if (type === 'trun') {
      const flags = view.getUint32(payload) & 0xffffff;
      const count = view.getUint32(payload + 4);
      let place = payload + 8;
      const take = (flag: number, fallback: number) => {
        if (!(flags & flag)) return fallback;
        place += 4;
        return view.getUint32(place - 4);
      };
      let at = base + take(0x1, 0);
      const firstFlags = take(0x4, defaults.flags);
      for (let i = 0; i < count; i++) {
        const durationTicks = take(0x100, defaults.durationTicks);
        const sizeBytes = take(0x200, defaults.sizeBytes);
        const own = take(0x400, i === 0 ? firstFlags : defaults.flags);
        const compositionTicks = take(0x800, 0) | 0;
        if (at + sizeBytes > bytes.byteLength) throw new BoxError('a sample that is not in its segment');
        samples.push({ decodeTicks, compositionTicks, durationTicks, flags: own, at, sizeBytes });
        decodeTicks += durationTicks;
        at += sizeBytes;
      }
    }
  }
}

function readDefaults(view: DataView, payload: number) {
  const flags = view.getUint32(payload) & 0xffffff;
  let place = payload + 8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0);
  const take = (flag: number) => {
    if (!(flags & flag)) return 0;
    place += 4;
    return view.getUint32(place - 4);
  };
  return { durationTicks: take(0x8), sizeBytes: take(0x10), flags: take(0x20) };
}

/** Where a fragment stands in the file. */
export interface FragmentPlace {
  readonly trackId: number;
  readonly sequence: number;
}

/** One fragment, `moof` and `mdat`, of samples whose bytes lie in `bytes`; no bytes when there are none. */
export function writeFragment(bytes: Uint8Array, samples: readonly Sample[], place: FragmentPlace): Uint8Array {
  const [first] = samples;
  if (!first) return new Uint8Array();
  const { trackId, sequence } = place;
  const rows = samples.flatMap(({ durationTicks, sizeBytes, flags, compositionTicks }) => {
    return [durationTicks, sizeBytes, flags, compositionTicks];
  });
  const mfhd = writeBox('mfhd', words(0, sequence));
  const tfhd = writeBox('tfhd', words(0x020000, trackId));
  const tfdt = writeBox('tfdt', words(0x01000000, Math.floor(first.decodeTicks / 2 ** 32), first.decodeTicks));
  const dataAt = 8 + mfhd.byteLength + 8 + tfhd.byteLength + tfdt.byteLength + 20 + 4 * rows.length + 8;
  const trun = writeBox('trun', words(0x01000f01, samples.length, dataAt, ...rows));
  const moof = writeBox('moof', mfhd, writeBox('traf', tfhd, tfdt, trun));
  const media = samples.map(({ at, sizeBytes }) => bytes.subarray(at, at + sizeBytes));
  const mdat = writeBox('mdat', ...media);
  const whole = new Uint8Array(moof.byteLength + mdat.byteLength);
  whole.set(moof);
  whole.set(mdat, moof.byteLength);
  return whole;
}
