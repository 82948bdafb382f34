import { strToU8, zipSync } from 'fflate';
import { createStreamKey } from './keys.ts';
import { ProblemError } from './respond.ts';

/** What a profile is made of. */
export interface ObsSettings {
  readonly channel: string;
  /** `rtmps://fra.example.com:1936/live` */
  readonly server: string;
  readonly streamKey: string;
}

/** What passes through untouched, at a bitrate that most homes can send. */
const video = Object.freeze({ width: 1920, height: 1080, fps: 30, bitrateKbps: 4_500, keyframeS: 2 });
const audioBitrateKbps = 160;

/** The files of a profile for OBS 28 and newer: Profile → Import, and choose the unpacked folder. */
export function obsProfile({ channel, server, streamKey }: ObsSettings): Readonly<Record<string, string>> {
  const { width, height, fps, bitrateKbps, keyframeS } = video;
  const sections: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
    General: { Name: `Headwater ${channel}` },
    Video: {
      BaseCX: width,
      BaseCY: height,
      OutputCX: width,
      OutputCY: height,
      FPSType: 0,
      FPSCommon: fps,
      ColorFormat: 'NV12',
    },
    Audio: { SampleRate: 48_000, ChannelSetup: 'Stereo' },
    Output: { Mode: 'Advanced', Reconnect: 'true', RetryDelay: 2, MaxRetries: 25 },
    AdvOut: { Encoder: 'obs_x264', ApplyServiceSettings: 'false', TrackIndex: 1, Track1Bitrate: audioBitrateKbps },
  };
  const encoder = {
    rate_control: 'CBR',
    bitrate: bitrateKbps,
    keyint_sec: keyframeS,
    preset: 'veryfast',
    profile: 'high',
    bf: 2,
  };
  const service = { type: 'rtmp_custom', settings: { server, key: streamKey, use_auth: false, bwtest: false } };
  return {
    'basic.ini': Object.entries(sections).map(ini).join('\n'),
    'service.json': JSON.stringify(service),
    'streamEncoder.json': JSON.stringify(encoder),
  };
}

function ini([name, values]: [string, Readonly<Record<string, string | number>>]): string {
  const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
  return `[${name}]\n${lines.join('')}`;
}

/**
 * A new stream key of a channel inside an OBS profile, as a ZIP archive: the key is nowhere else.
 * @param server of the nearest ingest endpoint; null when none is listed, which throws `conflict`
 */
export async function createObsProfile(
  db: D1Database,
  channel: string,
  server: string | null,
  nowMs: number,
): Promise<Response> {
  if (server === null) {
    const detail = 'No origin says where encoders reach it. Set HEADWATER_INGEST_HOST at one, and ask again.';
    throw new ProblemError('conflict', detail);
  }
  const { streamKey } = await createStreamKey(db, channel, { label: 'OBS profile' }, nowMs);
  const folder = `headwater-${channel}`;
  const files = Object.entries(obsProfile({ channel, server, streamKey }));
  const archive = zipSync(Object.fromEntries(files.map(([name, text]) => [`${folder}/${name}`, strToU8(text)])));
  const headers = {
    'content-type': 'application/zip',
    'content-disposition': `attachment; filename="${folder}.zip"`,
    'cache-control': 'no-store',
  };
  return new Response(Uint8Array.from(archive), { status: 201, headers });
}
