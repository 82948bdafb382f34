import { ingestLimits } from '#shared/limits/ingest.ts';
import { type Amf0Value, decodeAmf0, isAmf0Object } from './amf0.ts';

/** What an encoder says of itself in onMetaData (FLV specification E.5): hints, never trusted over the bytes. */
export interface SourceMetadata {
  /** At most 64 printable characters; empty when not said. */
  readonly encoder: string;
  /** 0 when not said. */
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
}

export const noMetadata: SourceMetadata = Object.freeze({ encoder: '', width: 0, height: 0, frameRate: 0 });
const encoderCharsMax = 64;

/** Reads the body of a script tag, with or without the `@setDataFrame` of RTMP; null when it is something else. */
export function parseMetadata(body: Buffer): SourceMetadata | null {
  const message = decodeAmf0(body, ingestLimits);
  if (!message.ok) return null;
  const values = message.value[0] === '@setDataFrame' ? message.value.slice(1) : message.value;
  const [name, fields] = values;
  if (name !== 'onMetaData' || !isAmf0Object(fields)) return null;
  return {
    encoder: printable(fields.encoder),
    width: size(fields.width, ingestLimits.pictureSideMax),
    height: size(fields.height, ingestLimits.pictureSideMax),
    frameRate: size(fields.framerate, ingestLimits.frameRateMax),
  };
}

function printable(value: Amf0Value): string {
  return typeof value === 'string' ? value.replace(/[^\x20-\x7e]/g, '').slice(0, encoderCharsMax) : '';
}

function size(value: Amf0Value, max: number): number {
  return typeof value === 'number' && value > 0 && value <= max ? value : 0;
}
