import { Argument, type Command } from 'commander';
import { act, leaf } from '../act.ts';
import type { Desk } from '../desk.ts';
import { confirm } from '../input/confirm.ts';
import { timeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';

const kinds = ['session', 'viewer', 'key', 'link', 'channel', 'broadcast'] as const;
type Kind = (typeof kinds)[number];

/** Of these, tokens that are issued from now on are good again. */
const beforeNow: readonly Kind[] = ['viewer', 'channel', 'broadcast'];

/** `headwater revoke <kind> <id>` */
export function addRevoke(program: Command, shell: Shell): void {
  leaf(
    program,
    'revoke',
    'refuse all playback tokens of something, at every PoP within seconds',
    'revoke viewer ada',
    'revoke session 7f3c…',
    'revoke broadcast b_01jd5m3k8q2wxyz01234 --yes',
  )
    .addArgument(new Argument('<kind>', 'what it is').choices(kinds))
    .argument('<id>', 'session id, viewer, kid of a signing key, or id of a link, channel or broadcast')
    .option('--label <label>', 'a note for the list')
    .option('-y, --yes', 'do not ask')
    .action(act(shell, revoke));
}

interface RevokeOptions {
  readonly label?: string;
  readonly yes?: boolean;
}

async function revoke(desk: Desk, kind: Kind, value: string, { label, yes }: RevokeOptions): Promise<void> {
  const isOne = kind === 'session' || kind === 'link';
  await confirm(desk, `Refuse every token of ${kind} ${value}? Who watches with one is cut off.`, yes || isOne);
  const revocation = await desk.api().post('/revocations', { kind, value, label });
  desk.answer(revocation, () => {
    const again = beforeNow.includes(kind) ? ' Tokens made from now on are good again.' : '';
    return `Revoked ${kind} ${value} until ${timeWords(revocation.untilMs)} (${revocation.id}).${again}\n`;
  });
}
