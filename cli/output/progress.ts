import type { Shell } from '../shell.ts';

const redrawMs = 200;
const eraseLine = '\r\u001b[2K';

/** A line on stderr that is written over while long work goes on; nothing where stderr is no terminal. */
export interface Progress {
  show(text: string): void;
  /** Takes the line away. */
  end(): void;
}

/** A progress line; silent with `--json` too, where stderr is for errors. */
export function startProgress(shell: Shell, json: boolean, nowMs: () => number = Date.now): Progress {
  if (json || !shell.errIsTerminal) return { show: () => {}, end: () => {} };
  let shownMs = Number.NEGATIVE_INFINITY;
  return {
    show(text) {
      if (nowMs() - shownMs < redrawMs) return;
      shownMs = nowMs();
      shell.err(`${eraseLine}${text}`);
    },
    end() {
      if (shownMs !== Number.NEGATIVE_INFINITY) shell.err(eraseLine);
    },
  };
}
