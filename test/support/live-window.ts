import type { RecordEntry } from '#shared/model/record.ts';
import { Packager, type PackagerEvents, type PackagerOptions } from '../../origin/packager/packager.ts';
import { LiveWindow } from '../../origin/packager/window.ts';
import { silentLog } from './log.ts';

export interface LiveWindowOptions extends Partial<Omit<PackagerOptions, 'events'>> {
  readonly events?: Partial<PackagerEvents>;
  /** Says to the packager at once that a segment is stored, and keeps it for the window to read. */
  readonly stores?: boolean;
}

/** A packager with its window, its record so far, and media that was stored, by path below the broadcast. */
export function createLiveWindow({ events, stores = false, ...options }: LiveWindowOptions = {}) {
  const record: RecordEntry[] = [];
  const stored = new Map<string, Buffer>();
  const onRecord = (entry: RecordEntry, pieces: readonly Buffer[]) => {
    record.push(entry);
    if (!stores || (entry.kind !== 'track' && entry.kind !== 'segment')) return;
    if (entry.kind === 'track') stored.set(`${entry.rendition.name}/init-${entry.run}.mp4`, Buffer.concat(pieces));
    else if (!entry.segment.gap) {
      stored.set(`${entry.rendition}/${entry.segment.msn}.m4s`, Buffer.concat(pieces));
      packager.markStored(entry.rendition, entry.segment.msn);
    }
  };
  const packager: Packager = new Packager({
    events: { onMedia: () => {}, onPart: () => {}, onSegment: () => {}, onMisaligned: () => {}, onRecord, ...events },
    log: silentLog,
    dvrWindowS: 7_200,
    lowLatency: true,
    ...options,
  });
  const read = async (path: string) => stored.get(path) ?? null;
  const window = new LiveWindow(packager, true, (name, file) => read(`${name}/${file}`), read);
  return { packager, window, record, stored };
}
