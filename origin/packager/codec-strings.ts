import { MediaError } from './boxes.ts';

/** `avc1.64001f` from an avcC payload: profile, constraints, level (RFC 6381 3.3). */
export function avcCodec(entry: string, avcc: Buffer): string {
  need(avcc, 4, 'avcC');
  return `${entry}.${avcc.toString('hex', 1, 4)}`;
}

/** `hvc1.1.6.L93.90` from an hvcC payload (ISO/IEC 14496-15 Annex E.3). */
export function hevcCodec(entry: string, hvcc: Buffer): string {
  need(hvcc, 13, 'hvcC');
  const first = hvcc.readUInt8(1);
  const space = ['', 'A', 'B', 'C'][first >> 6] ?? '';
  const tier = first & 0x20 ? 'H' : 'L';
  const compatibility = reversed32(hvcc.readUInt32BE(2)).toString(16);
  // Six bytes of constraints; those at the end that are zero are left out.
  const constraints = [...hvcc.subarray(6, 12)];
  while (constraints.at(-1) === 0) constraints.pop();
  const parts = [`${space}${first & 0x1f}`, compatibility, `${tier}${hvcc.readUInt8(12)}`];
  return [entry, ...parts, ...constraints.map((byte) => byte.toString(16))].join('.');
}

/** `vp09.00.31.08.01.01.01.01.00` from a vpcC payload: the long form (VP Codec ISO Media File Format Binding 1.0). */
export function vp9Codec(vpcc: Buffer): string {
  need(vpcc, 10, 'vpcC');
  if (vpcc.readUInt8(0) !== 1) throw new MediaError('init_malformed', `vpcC of version ${vpcc.readUInt8(0)}`);
  const [profile, level, depths, primaries, transfer, matrix] = vpcc.subarray(4, 10);
  const packed = depths ?? 0;
  const fields = [profile, level, packed >> 4, (packed >> 1) & 7, primaries, transfer, matrix, packed & 1];
  return `vp09.${fields.map((field) => digits(field ?? 0)).join('.')}`;
}

/** `av01.0.05M.08` from an av1C payload (AV1 Codec ISO Media File Format Binding, 5). */
export function av1Codec(av1c: Buffer): string {
  need(av1c, 4, 'av1C');
  if (av1c.readUInt8(0) !== 0x81) throw new MediaError('init_malformed', 'av1C of another version');
  const second = av1c.readUInt8(1);
  const third = av1c.readUInt8(2);
  const [profile, level] = [second >> 5, second & 0x1f];
  const tier = third & 0x80 ? 'H' : 'M';
  const high = (third & 0x40) !== 0;
  const twelve = (third & 0x20) !== 0;
  const depth = high ? (profile === 2 && twelve ? 12 : 10) : 8;
  return `av01.${profile}.${digits(level)}${tier}.${digits(depth)}`;
}

/** Output channels from a dOps payload (Encapsulation of Opus in ISO BMFF, 4.3.2). */
export function opusChannels(dops: Buffer): number {
  need(dops, 11, 'dOps');
  if (dops.readUInt8(0) !== 0) throw new MediaError('init_malformed', `dOps of version ${dops.readUInt8(0)}`);
  const channels = dops.readUInt8(1);
  if (channels === 0) throw new MediaError('init_malformed', 'dOps without channels');
  return channels;
}

function need(payload: Buffer, bytes: number, box: string): void {
  if (payload.length < bytes) throw new MediaError('init_malformed', `${box} has ${payload.length} bytes`);
}

function digits(value: number): string {
  return String(value).padStart(2, '0');
}

/** The flags are written with the first one in the lowest bit. */
function reversed32(value: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit++) result = (result << 1) | ((value >>> bit) & 1);
  return result >>> 0;
}
