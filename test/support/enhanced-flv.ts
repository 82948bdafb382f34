import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createFile, type ISOFile, MP4BoxBuffer } from 'mp4box';
import type { FlvTag } from '../../origin/ingest/flv.ts';

const frameType = { key: 1, inter: 2 } as const;
const packetType = { sequenceStart: 0, codedFrames: 1 } as const;
const boxHeadBytes = 8;

/** HEVC as encoders send it by Enhanced RTMP: video tags that begin at 0. @param options of ffmpeg: inputs and encoder */
export async function makeHevcTags(...options: readonly string[]): Promise<FlvTag[]> {
  const mux = ['-an', '-tag:v', 'hvc1', '-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-f', 'mp4', '-'];
  const run = promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', ...options, ...mux], {
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { stdout } = await run;
  const file: ISOFile = createFile();
  const tags = [tag(0, frameType.key, packetType.sequenceStart, hevcConfig(stdout))];
  file.onReady = ({ tracks }) => {
    file.setExtractionOptions(tracks[0]?.id ?? 1);
    file.start();
  };
  file.onSamples = (_id, _user, samples) => {
    for (const { dts, cts, timescale, is_sync, data } of samples) {
      const atMs = Math.round((dts * 1_000) / timescale);
      const composition = Buffer.alloc(3);
      composition.writeIntBE(Math.round(((cts - dts) * 1_000) / timescale), 0, 3);
      const body = Buffer.concat([composition, data ?? Buffer.alloc(0)]);
      tags.push(tag(atMs, is_sync ? frameType.key : frameType.inter, packetType.codedFrames, body));
    }
  };
  const bytes = stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length) as ArrayBuffer;
  file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(bytes, 0));
  file.flush();
  return tags;
}

function tag(timestampMs: number, frame: number, packet: number, data: Buffer): FlvTag {
  const head = Buffer.from([0x80 | (frame << 4) | packet, ...Buffer.from('hvc1')]);
  return { type: 'video', timestampMs, arrivalMs: timestampMs, body: Buffer.concat([head, data]) };
}

/** The HEVCDecoderConfigurationRecord of a file (ISO/IEC 14496-15 8.3.3.1). */
function hevcConfig(file: Buffer): Buffer {
  const at = file.indexOf('hvcC') - 4;
  return file.subarray(at + boxHeadBytes, at + file.readUInt32BE(at));
}
