import { expect, it } from 'vitest';
import { importLimits } from '#shared/limits/store.ts';
import { ControlError } from '../../origin/broadcast/control-client.ts';
import { enterMade } from '../../origin/import/enter.ts';
import { report } from './import-stage.ts';

/** Enters a replay at a control plane that answers with these, the last of them for good; resolves with the code and the tries. */
async function enterAt(answers: readonly (number | null)[], signal = new AbortController().signal) {
  let tries = 0;
  const answer = async () => {
    const status = answers[Math.min(tries++, answers.length - 1)] ?? null;
    if (status === null) throw new ControlError('control_unreachable', 'no answer', null);
    if (status !== 204) throw new ControlError('control_refused', `answered ${status}`, status);
  };
  const code = await enterMade({ control: { import: answer }, signal, retryMs: 1 }, report).then(
    () => null,
    (error) => error.code as string,
  );
  return { code, tries };
}

it.each([
  ['at once', [204], null, 1],
  ['once it is answered', [null, 503, 204], null, 3],
  ['not where it is refused', [null, 409, 204], 'import_refused', 2],
  ['not where nobody ever answers', [null], 'import_unanswered', importLimits.enterAttemptsMax],
] as const)('a replay is entered %s', async (_, answers, code, tries) => {
  expect(await enterAt(answers)).toEqual({ code, tries });
});

it('who is stopped asks once and no more', async () => {
  expect(await enterAt([null], AbortSignal.abort())).toEqual({ code: 'import_unanswered', tries: 1 });
});
