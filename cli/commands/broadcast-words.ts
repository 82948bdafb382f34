import type { Source } from '#shared/api/shapes.ts';
import type { BroadcastHealth } from '#shared/model/broadcast.ts';
import type { Finding } from '#shared/model/finding.ts';
import type { Rendition } from '#shared/model/rendition.ts';
import type { Paint } from '../output/paint.ts';
import { plainText } from '../output/plain-text.ts';
import { agoWords, bitrateWords } from '../output/words.ts';

const severities = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/** What the encoder sends: `1920 × 1080, 30 fps, h264, 6.0 Mbit/s, keyframe every 2.0 s; aac 48 kHz, 2 channels; OBS 31.0`. */
export function sourceWords(source: Source | null): string | null {
  if (!source) return null;
  const { video, audio, encoder } = source;
  const keyframes = video && video.gopMs !== null ? [`keyframe every ${(video.gopMs / 1000).toFixed(1)} s`] : [];
  const picture = video
    ? [
        `${video.width} × ${video.height}`,
        `${video.frameRate} fps`,
        video.codec,
        bitrateWords(video.bitrate),
        ...keyframes,
      ]
    : ['no picture'];
  const sound = audio ? `${audio.codec} ${audio.sampleRate / 1000} kHz, ${audio.channels} channels` : 'no sound';
  return [picture.join(', '), sound, ...(encoder === '' ? [] : [encoder])].join('; ');
}

/** `v720 (passthrough, 2.5 Mbit/s)`. */
export function renditionWords(rendition: Rendition): string {
  const asIs = rendition.kind === 'video' && rendition.passthrough ? 'passthrough, ' : '';
  return `${rendition.name} (${asIs}${bitrateWords(rendition.bitrate)})`;
}

/** How the encoder is doing, the verdict first; null while none runs. */
export function healthWords(health: BroadcastHealth | null): string | null {
  if (!health) return null;
  const { speed, fps, droppedFrames, restarts, dwell, shedRungs = 0 } = health;
  const verdict = speed < 0.98 || shedRungs > 0 ? 'the machine is too slow' : 'well';
  const total = dwell?.total ? [`${dwell.total.p95Ms} ms from capture to part (p95)`] : [];
  const shed = shedRungs > 0 ? [`${shedRungs} rungs left out`] : [];
  const numbers = [
    `${fps.toFixed(0)} fps`,
    `${speed.toFixed(2)} × real time`,
    `${droppedFrames} frames dropped`,
    `${restarts} restarts`,
  ];
  return `${verdict}: ${[...numbers, ...shed, ...total].join(', ')}`;
}

/** Open findings, each with its way out; a calm sentence where there are none. */
export function findingLines(findings: readonly Finding[], nowMs: number, paint: Paint): string {
  if (findings.length === 0) return paint('dim', 'No findings.\n');
  return findings
    .map(({ code, severity, sentence, fix, openedMs, expectedMs }) => {
      const when = expectedMs === undefined ? '' : `, expected ${agoWords(Math.max(expectedMs, nowMs), nowMs)}`;
      const head = `${paint(severities[severity], severity)}  ${plainText(sentence)}`;
      return `${head} ${paint('dim', `(${code}, ${agoWords(openedMs, nowMs)}${when})`)}\n  ${plainText(fix)}\n`;
    })
    .join('');
}
