import { browserPublishLimits, ingestLimits } from '#shared/limits/ingest.ts';

/** What a browser's recorder makes. */
export interface Recording {
  readonly container: 'webm' | 'mp4';
  /** H.264 is passed on as it is, everything else is encoded again. */
  readonly picture: 'h264' | 'other';
}

/** The first message of a browser that publishes; docs/protocol/browser-publishing.md. */
export interface Hello extends Recording {
  readonly streamKey: string;
}

/** Reads the first message; null when it is not one. */
export function readHello(text: string): Hello | null {
  if (text.length > browserPublishLimits.helloBytesMax) return null;
  const said = parse(text);
  if (typeof said !== 'object' || said === null) return null;
  const { streamKey, container, picture } = said as Partial<Record<keyof Hello, unknown>>;
  if (typeof streamKey !== 'string' || streamKey === '') return null;
  if (Buffer.byteLength(streamKey) > ingestLimits.streamKeyBytesMax) return null;
  if (container !== 'webm' && container !== 'mp4') return null;
  if (picture !== 'h264' && picture !== 'other') return null;
  return { streamKey, container, picture };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
