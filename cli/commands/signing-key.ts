import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { type Command, Option } from 'commander';
import type { CreatedSigningKey, SigningKey } from '#shared/api/shapes.ts';
import { act, group, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { confirm } from '../input/confirm.ts';
import { parseDuration } from '../input/duration.ts';
import { facts } from '../output/table.ts';
import { agoWords, timeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';

const algorithms = ['HS256', 'ES256', 'EdDSA'] as const;
type Algorithm = (typeof algorithms)[number];

/** `headwater signing-key …` */
export function addSigningKey(program: Command, shell: Shell): void {
  const key = group(
    program,
    'signing-key',
    'what playback tokens are signed with: list, create, import, rotate, kill',
    'signing-key list',
  );
  withListOptions(leaf(key, 'list', 'all keys by kid', 'signing-key list', 'signing-key list --channel news'))
    .option('--channel <channel>', 'of this channel only')
    .action(act(shell, list));
  ownerOptions(
    leaf(key, 'create', 'make one; a shared secret is shown this once', 'signing-key create --algorithm ES256'),
  )
    .addOption(new Option('--algorithm <name>', 'what it signs with').choices(algorithms).default('HS256'))
    .action(act(shell, create));
  const imported = [
    'signing-key import --jwk public.json',
    'signing-key import --jwks-url https://login.example.com/jwks.json',
  ];
  ownerOptions(leaf(key, 'import', 'accept tokens of a backend of your own', ...imported))
    .option('--jwk <file>', 'a public key, ES256 or EdDSA, as JSON')
    .addOption(new Option('--jwks-url <url>', 'where its key set is').conflicts('jwk'))
    .action(act(shell, importKey));
  leaf(
    key,
    'rotate <kid>',
    'make a successor; the old key is accepted for a while',
    'signing-key rotate pk_01jd5m3k8q --overlap 2d',
  )
    .option('--overlap <duration>', 'for how long', parseDuration)
    .action(act(shell, rotate));
  leaf(
    key,
    'kill <kid>',
    'emergency: refuse everything that it signed, within seconds',
    'signing-key kill pk_01jd5m3k8q --yes',
  )
    .option('-y, --yes', 'do not ask')
    .action(act(shell, kill));
}

function ownerOptions(command: Command): Command {
  return command
    .option('--channel <channel>', 'for this channel only')
    .option('--label <label>', 'a note for the list');
}

interface OwnerOptions {
  readonly channel?: string;
  readonly label?: string;
}

async function list(desk: Desk, options: ListOptions & OwnerOptions): Promise<void> {
  const query = { channel: options.channel };
  const listing = await desk.api().list('/signing-keys', 'keys', query, limitOf(options));
  const columns = [
    { head: 'kid', text: (row: SigningKey) => row.kid },
    { head: 'state', text: (row: SigningKey) => row.state },
    { head: 'algorithm', text: (row: SigningKey) => row.algorithm ?? 'key set' },
    { head: 'use', text: (row: SigningKey) => row.use },
    { head: 'channel', text: (row: SigningKey) => row.channel ?? 'all' },
    { head: 'made', text: (row: SigningKey) => agoWords(row.createdMs, desk.nowMs) },
    { head: 'until', text: (row: SigningKey) => agoWords(row.untilMs, desk.nowMs) },
    { head: 'label', text: (row: SigningKey) => row.label || '–' },
  ];
  answerList(
    desk,
    'keys',
    listing,
    columns,
    'No signing keys yet: the first link makes one, or headwater signing-key create.',
  );
}

async function create(desk: Desk, options: OwnerOptions & { readonly algorithm: Algorithm }): Promise<void> {
  const { algorithm, channel, label } = options;
  const key = await desk.api().post('/signing-keys', { algorithm, channel, label });
  desk.answer(key, () => keyFacts(desk, key));
}

async function importKey(
  desk: Desk,
  options: OwnerOptions & { readonly jwk?: string; readonly jwksUrl?: string },
): Promise<void> {
  const { jwk, jwksUrl, channel, label } = options;
  if (jwk === undefined && jwksUrl === undefined)
    throw usageError('Which key?', 'Add --jwk <file> or --jwks-url <url>.');
  const body = { channel, label, ...(jwk === undefined ? { jwksUrl } : { jwk: readJwk(desk, jwk) }) };
  const key = await desk.api().post('/signing-keys', body);
  desk.answer(key, () => keyFacts(desk, key));
}

/** A public key; a private one stops here, before it is sent anywhere. */
function readJwk({ shell }: Desk, file: string): Readonly<Record<string, unknown>> {
  let jwk: Readonly<Record<string, unknown>>;
  try {
    jwk = JSON.parse(readFileSync(isAbsolute(file) ? file : join(shell.cwd, file), 'utf8')) as typeof jwk;
  } catch (cause) {
    const hint = 'It holds one public key as JSON (RFC 7517).';
    throw new CliError('jwk_unreadable', `${file} cannot be read as JSON.`, hint, { cause });
  }
  const secret = ['d', 'k', 'p', 'q'].some((name) => name in jwk);
  if (!secret) return jwk;
  throw new CliError(
    'jwk_private',
    `${file} holds a private key, which was not sent.`,
    'Give the public half: without d or k.',
  );
}

async function rotate(desk: Desk, kid: string, { overlap }: { readonly overlap?: number }): Promise<void> {
  const rotation = await desk.api().post(`/signing-keys/${pathPart(kid)}/rotate`, { overlapMs: overlap });
  desk.answer(rotation, () => {
    const until = `The old key ${kid} is accepted until ${timeWords(rotation.old.untilMs)}.\n`;
    return keyFacts(desk, rotation.key) + desk.paint('dim', until);
  });
}

async function kill(desk: Desk, kid: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(desk, `Kill signing key ${kid}? Every link and session that it signed ends.`, yes);
  await desk.api().remove(`/signing-keys/${pathPart(kid)}`);
  desk.answer({ killed: kid }, () => `Killed signing key ${kid}.\n`);
}

function keyFacts({ paint }: Desk, key: CreatedSigningKey): string {
  const rows: [string, string | null][] = [
    ['kid', key.kid],
    ['algorithm', key.algorithm],
    ['key set', key.jwksUrl],
    ['channel', key.channel ?? 'all'],
    ['state', key.state],
    ['label', key.label || null],
    ['secret', key.secret ?? null],
  ];
  return facts(rows, paint) + (key.secret ? paint('dim', 'The secret is not shown again.\n') : '');
}
