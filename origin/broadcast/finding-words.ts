import type { Finding, FindingCode, FindingSeverity } from '#shared/model/finding.ts';

/** What a finding says at one severity. */
export type FindingWords = Pick<Finding, 'severity' | 'sentence' | 'fix'>;

/** What each finding says to the streamer, and the way out; the first words are those unless a severity is asked for. */
export const findingWords: Readonly<Record<FindingCode, readonly [FindingWords, ...FindingWords[]]>> = {
  'ingest.starved': [
    {
      severity: 'warning',
      sentence: 'The encoder is connected and sends nothing.',
      fix: 'Look at the uplink: lower the bitrate in the encoder, or use a wired connection.',
    },
  ],
  'ingest.faster_than_realtime': [
    {
      severity: 'warning',
      sentence: 'Media comes faster than time passes; viewers cannot be shown it as fast.',
      fix: 'Send at the speed of playback: ffmpeg needs -re in front of a file.',
    },
  ],
  'ingest.jitter': [
    {
      severity: 'warning',
      sentence: 'Media arrives in bursts, again and again later than it should; viewers may see it stop.',
      fix: 'Use a wired connection, or lower the bitrate in the encoder.',
    },
  ],
  'ingest.backup': [
    {
      severity: 'info',
      sentence: 'A backup encoder is connected to another ingest server and takes over when this one stops.',
      fix: 'Nothing to do. Give both encoders the same settings, so that viewers notice as little as possible.',
    },
  ],
  'video.none': [
    {
      severity: 'warning',
      sentence: 'The encoder sends sound only.',
      fix: 'Add a video source in the encoder if you want a picture. ffmpeg with -f tee needs -flags +global_header.',
    },
  ],
  'video.codec_unsupported': [
    {
      severity: 'error',
      sentence: 'The video codec cannot be decoded here.',
      fix: 'Choose H.264 in the encoder.',
    },
    {
      severity: 'warning',
      sentence: 'Not every viewer’s browser can play this video codec or profile, so the picture is encoded again.',
      fix: 'Choose H.264 with 8 bits and 4:2:0 (profile High, Main or Baseline) in the encoder.',
    },
  ],
  'video.gop_long': [
    {
      severity: 'warning',
      sentence: 'Keyframes are too far apart to pass the picture through untouched; it is encoded again.',
      fix: 'Set the keyframe interval to 2 seconds.',
    },
  ],
  'video.gop_irregular': [
    {
      severity: 'warning',
      sentence: 'Keyframes do not come at a steady interval.',
      fix: 'Set the keyframe interval to 2 seconds and turn scene-cut detection off.',
    },
  ],
  'video.open_gop': [
    {
      severity: 'warning',
      sentence: 'Keyframes are not clean starting points (open GOP), so the picture is encoded again.',
      fix: 'Turn open GOP off in the encoder.',
    },
  ],
  'video.bitrate_high': [
    {
      severity: 'warning',
      sentence:
        'The video bitrate is far above what a picture of this size needs; it strains your uplink and viewers’ networks.',
      fix: 'Lower the bitrate in the encoder: 6 Mb/s is plenty for 1080p, 4 Mb/s for 720p.',
    },
  ],
  'video.bitrate_low': [
    {
      severity: 'info',
      sentence: 'The video bitrate is very low for the size of the picture; what moves may look blocky.',
      fix: 'Raise the bitrate in the encoder, or lower its output resolution.',
    },
  ],
  'video.bitrate_unstable': [
    {
      severity: 'warning',
      sentence: 'The video bitrate swings widely; networks that carry its mean may not carry its peaks.',
      fix: 'Choose constant bitrate (CBR) in the encoder, and look for dropped frames.',
    },
  ],
  'video.fps_mismatch': [
    {
      severity: 'warning',
      sentence: 'Pictures do not come at a steady rate, so the picture is encoded again.',
      fix: 'Set a constant frame rate in the encoder.',
    },
  ],
  'video.changed_midstream': [
    {
      severity: 'warning',
      sentence: 'The encoder changed the size or the format of its picture while live.',
      fix: 'Keep one output resolution and one codec for the whole broadcast.',
    },
  ],
  'video.interlaced': [
    {
      severity: 'warning',
      sentence: 'The picture is interlaced, so it is encoded again with whole pictures.',
      fix: 'Set the camera, the capture device or the encoder to progressive (1080p instead of 1080i).',
    },
  ],
  'video.resolution_over_limit': [
    {
      severity: 'warning',
      sentence: 'The picture is larger or faster than what is passed on, so it is encoded again at a smaller size.',
      fix: 'Lower the output resolution or the frame rate in the encoder.',
    },
  ],
  'audio.none': [
    {
      severity: 'info',
      sentence: 'The encoder sends no sound.',
      fix: 'Add an audio source in the encoder if you want sound.',
    },
  ],
  'audio.codec_unsupported': [
    {
      severity: 'error',
      sentence: 'The audio codec cannot be decoded here.',
      fix: 'Choose AAC in the encoder.',
    },
  ],
  'audio.silent': [
    {
      severity: 'warning',
      sentence: 'The encoder sends sound in which nothing can be heard.',
      fix: 'Look whether the microphone and the sources are muted in the encoder, and which audio track it sends.',
    },
  ],
  'audio.sample_rate': [
    {
      severity: 'info',
      sentence: 'The sound does not come at 48 kHz; it is resampled.',
      fix: 'Set the sample rate to 48 kHz in the encoder.',
    },
  ],
  'av.drift': [
    {
      severity: 'warning',
      sentence: 'Sound and picture drift apart on their way out of the encoder.',
      fix: 'Use one sample rate for the system, the audio device and the encoder, then restart the encoder.',
    },
  ],
  'ts.jump': [
    {
      severity: 'warning',
      sentence: 'The encoder’s clock jumped forward; the jump was taken out.',
      fix: 'Look for dropped frames or a paused source in the encoder.',
    },
  ],
  'ts.backwards': [
    {
      severity: 'warning',
      sentence: 'The encoder’s clock went back; the timeline was kept going forward.',
      fix: 'Restart the encoder if picture and sound drift apart.',
    },
  ],
  'ts.wrap_handled': [
    {
      severity: 'info',
      sentence: 'The encoder’s 32-bit clock wrapped around; viewers do not notice.',
      fix: 'Nothing to do.',
    },
  ],
  'transcode.slow': [
    {
      severity: 'error',
      sentence: 'The machine cannot encode fast enough: the largest renditions are left out until it has recovered.',
      fix: 'Send a smaller picture, or give the origin more processors.',
    },
  ],
  'transcode.restarted': [
    {
      severity: 'warning',
      sentence: 'The transcoder stopped and was started again.',
      fix: 'Nothing to do if it stays at once; look at the origin’s log otherwise.',
    },
  ],
  'segment.late': [
    {
      severity: 'warning',
      sentence: 'Segments reach viewers later than players allow for; some of them see the picture stop.',
      fix: 'The origin is busy: give it more processors or fewer renditions, and look for other programs on it.',
    },
  ],
  'disk.low': [
    {
      severity: 'warning',
      sentence:
        'The origin’s disk will be full soon; then viewers can go back one minute only, and the replay has a hole.',
      fix: 'Make room on the origin’s disk or raise spoolBytesMax. If storage.backlog is open as well, look at the bucket first.',
    },
  ],
  'storage.backlog': [
    {
      severity: 'warning',
      sentence: 'The bucket takes media more slowly than it is made, or not at all; live viewers do not notice it.',
      fix: 'Look at the origin’s log for what the bucket answers: its address, its keys, the network, the clock.',
    },
  ],
  'storage.refused': [
    {
      severity: 'error',
      sentence:
        'The bucket refuses this origin’s keys: media waits on its disk, live viewers do not notice it, and the replay comes later.',
      fix: 'Give the origin the bucket’s present keys, in their file or with a new start; what waits is sent then.',
    },
  ],
  'storage.failed': [
    {
      severity: 'error',
      sentence:
        'Media cannot be stored: the broadcast goes on from memory, viewers can go back one minute, and the replay will have a hole.',
      fix: 'Make room on the origin’s disk or raise spoolBytesMax; the origin’s log says what failed.',
    },
  ],
  'replay.long': [
    {
      severity: 'warning',
      sentence: 'The broadcast is almost as long as a replay can be; past that, the replay loses its oldest part.',
      fix: 'End the broadcast before that and begin another one, which has a replay of its own; with fewer renditions a replay can be longer.',
    },
  ],
  'replay.cut': [
    {
      severity: 'warning',
      sentence:
        'The broadcast is longer than a replay can be: the replay has lost its oldest part and goes on losing it; live viewers do not notice it.',
      fix: 'To lose no more, end the broadcast and begin another one, which has a replay of its own; with fewer renditions a replay can be longer.',
    },
  ],
  'edge.stale': [
    {
      severity: 'error',
      sentence:
        'Viewers in some region get playlists that no longer grow: the PoPs do not reach this origin, or too slowly.',
      fix: 'Look whether the origin’s public address answers from outside, and how busy its network is.',
    },
  ],
};

/** A finding in words, opened at `nowMs`. */
export function describeFinding(code: FindingCode, nowMs: number, severity: FindingSeverity | null = null): Finding {
  const [usual, ...others] = findingWords[code];
  return { code, ...(others.find((one) => one.severity === severity) ?? usual), openedMs: nowMs };
}
