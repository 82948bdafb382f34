import { spawn } from 'node:child_process';

const plain = process.env.NO_COLOR || !process.stderr.isTTY;
const paint = (code, text) => (plain ? text : `\u001b[${code}m${text}\u001b[0m`);

/** How often a running step shows that it lives, ms. */
const progressMs = 5_000;
/** How much of a failed step's output is shown. */
const tailLines = 30;

/** Something that set-up cannot do; `hint` tells the user the way out. */
export class SetupError extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/** Everything that set-up prints goes to stderr, so that stdout stays the command's own. */
export const say = {
  step: (text) => console.error(`${paint('36', 'set-up')}  ${text}`),
  detail: (text) => console.error(paint('2', `        ${text}`)),
  failure: (error) => {
    console.error(`${paint('31', 'set-up failed')}  ${error.message}`);
    for (const line of (error.hint ?? '').split('\n')) if (line) console.error(`  ${line}`);
  },
};

/**
 * Runs one long step, prints a sign of life every few seconds, and keeps the output for the case that it fails.
 * `progress` makes the words of that sign from the number of output lines so far and the last one.
 * @returns {Promise<void>} rejects with a SetupError that carries the end of the output
 */
export function runStep(
  command,
  args,
  { cwd, env, what, hint, interactive = false, progress = (_count, last) => last },
) {
  return new Promise((resolve, reject) => {
    const started = Date.now();
    const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
    const child = spawn(command, args, { cwd, env, stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'pipe'] });
    const lines = [];
    let last = '';
    let count = 0;
    const keep = (chunk) => {
      const fresh = String(chunk)
        .split(/[\r\n]+/)
        .filter(Boolean);
      count += fresh.length;
      lines.push(...fresh);
      lines.splice(0, Math.max(0, lines.length - tailLines));
      last = lines.at(-1) ?? last;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setInterval(
      () => say.detail(`… ${elapsed()}  ${progress(count, last).slice(0, 90)}`.trimEnd()),
      progressMs,
    );
    const fail = (why) => {
      clearInterval(timer);
      const output = lines.map((line) => `| ${line}`).join('\n');
      reject(new SetupError(`${what} failed (${why}).`, [output, hint].filter(Boolean).join('\n')));
    };
    child.on('error', (error) => fail(error.message));
    child.on('close', (code, signal) => {
      if (code !== 0) return fail(signal ? `ended by ${signal}` : `exit code ${code}`);
      clearInterval(timer);
      say.detail(`done in ${elapsed()}`);
      resolve();
    });
  });
}
