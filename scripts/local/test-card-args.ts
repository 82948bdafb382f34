/** What the test card is drawn with and where it goes. */
export interface TestCardPlan {
  /** RTMP URL of the server and its application, without the stream key. */
  readonly server: string;
  /** ffmpeg preset file that holds the stream key: arguments are visible to every user of the machine. */
  readonly presetPath: string;
  /** A TrueType font for the clock and the title; null draws a picture without words. */
  readonly fontPath: string | null;
}

const width = 1280;
const height = 720;
const frameRate = 30;
const keyframeS = 2;

/** The preset file's text. */
export function testCardPreset(streamKey: string): string {
  return `rtmp_playpath=${streamKey}\n`;
}

/** Arguments of the ffmpeg that publishes the test card: 720p30, H.264 and AAC, keyframes every two seconds. */
export function testCardArgs({ server, presetPath, fontPath }: TestCardPlan): string[] {
  const video = `testsrc2=size=${width}x${height}:rate=${frameRate}`;
  const gop = frameRate * keyframeS;
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'warning'],
    ...['-re', '-f', 'lavfi', '-i', video],
    ...['-re', '-f', 'lavfi', '-i', beep],
    ...['-vf', [...(fontPath ? captions(fontPath) : []), 'format=yuv420p'].join(',')],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-profile:v', 'main', '-bf', '0'],
    ...['-g', String(gop), '-keyint_min', String(gop), '-sc_threshold', '0'],
    ...['-b:v', '2500k', '-minrate', '2500k', '-maxrate', '2500k', '-bufsize', '2500k'],
    ...['-c:a', 'aac', '-b:a', '128k', '-ar', '48000', '-ac', '2'],
    ...['-fpre', presetPath, '-flvflags', 'no_duration_filesize', '-f', 'flv', server],
  ];
}

/** A soft 440 Hz beep of 150 ms on every second; its rounded envelope keeps it from clicking. */
const beep = `aevalsrc=exprs='0.12*sin(2*PI*440*t)*pow(sin(PI*mod(t,1)/0.15),2)*lt(mod(t,1),0.15)':sample_rate=48000`;

function captions(fontPath: string): string[] {
  const font = `fontfile='${fontPath.replaceAll("'", '')}'`;
  // `%N` of strftime came after ffmpeg 5.1, so the milliseconds are computed.
  const clock = '%{localtime\\:%H\\\\\\:%M\\\\\\:%S}.%{eif\\:mod(floor(time(0)*1000)\\,1000)\\:d\\:3}';
  const band = `drawbox=x=0:y=ih-190:w=iw:h=190:color=black@0.72:t=fill`;
  return [
    band,
    `drawtext=${font}:text='${clock}':fontsize=92:fontcolor=white:x=40:y=h-168`,
    `drawtext=${font}:text='Headwater test card':fontsize=34:fontcolor=white@0.85:x=44:y=h-60`,
    `drawtext=${font}:text='%{localtime\\:%Y-%m-%d %Z}':fontsize=34:fontcolor=white@0.85:x=w-text_w-44:y=h-60`,
  ];
}
