import type { ImportLine } from '#shared/model/import-line.ts';
import { formatPlaybackPath } from '#shared/route/route.ts';
import type { ImportedReplay, ImportProgress } from './file-import.ts';

/** Tells whoever started an import how it goes. */
export interface Teller {
  readonly progress: (progress: ImportProgress) => void;
  note(sentence: string): void;
  ready(replay: ImportedReplay, channel: string): void;
  failed(code: string, message: string): void;
}

const stages = { encode: 'Encoding', upload: 'Uploading' } as const;

/** Says each per cent once: as one line that changes on a terminal, as lines elsewhere, as JSON lines where asked. */
export function createTeller(json: boolean, out: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>): Teller {
  let told = '';
  const tellJson = (line: ImportLine) => out.write(`${JSON.stringify(line)}\n`);
  const lineEnd = () => (out.isTTY && told !== '' ? '\n' : '');
  return {
    progress: ({ stage, share }) => {
      const percent = Math.floor(100 * share);
      const step = json || out.isTTY ? percent : percent - (percent % 10);
      const text = `${stages[stage]} ${step} %`;
      if (text === told) return;
      told = text;
      if (json) tellJson({ event: 'progress', stage, percent });
      else out.write(out.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
    },
    note: (sentence) => (json ? tellJson({ event: 'note', sentence }) : out.write(`${sentence}\n`)),
    ready: ({ broadcast, durationMs, sizeBytes }, channel) => {
      const hls = formatPlaybackPath({ kind: 'multivariant', broadcast });
      const dash = formatPlaybackPath({ kind: 'mpd', broadcast });
      const page = `/replay/${broadcast}`;
      if (json) tellJson({ event: 'ready', broadcast, channel, durationMs, sizeBytes, page, hls, dash });
      else out.write(`${lineEnd()}Replay ${broadcast} of ${channel}: ${page}, ${hls}, ${dash}\n`);
    },
    failed: (code, message) => {
      if (json) tellJson({ event: 'failed', code, message });
      else out.write(`${lineEnd()}headwater import: ${message} (${code})\n`);
    },
  };
}
