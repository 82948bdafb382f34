import { type Command, Option } from 'commander';
import type { Ingest, StreamKey } from '#shared/api/shapes.ts';
import { act, group, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import type { Desk } from '../desk.ts';
import { confirm } from '../input/confirm.ts';
import { parseDuration } from '../input/duration.ts';
import { facts } from '../output/table.ts';
import { agoWords, timeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList } from './listing.ts';

/** `headwater key …` */
export function addKey(program: Command, shell: Shell): void {
  const key = group(
    program,
    'key',
    'stream keys of a channel: list, create, relabel, rotate, delete',
    'key create news --label "OBS at home"',
  );
  leaf(key, 'list <channel>', 'its keys and when each was last used', 'key list news').action(act(shell, list));
  leaf(key, 'create <channel>', 'make a key; it is shown this once', 'key create news --label "OBS at home"')
    .option('--label <label>', 'whose key it is, up to 64 characters')
    .action(act(shell, create));
  leaf(
    key,
    'relabel <channel> <key> <label>',
    'call it something else',
    'key relabel news sk_01jd5m3k8q "Van 2"',
  ).action(act(shell, relabel));
  const rotated = [
    'key rotate news sk_01jd5m3k8q2wxyz01234 --grace 2h',
    'key rotate news sk_01jd5m3k8q2wxyz01234 --now --yes',
  ];
  leaf(key, 'rotate <channel> <key>', 'make a new key in its place; the old one is taken for a while', ...rotated)
    .option('--grace <duration>', 'for how long (24h)', parseDuration)
    .addOption(new Option('--now', 'no longer: what it publishes ends').conflicts('grace'))
    .option('-y, --yes', 'do not ask')
    .action(act(shell, rotate));
  leaf(key, 'delete <channel> <key>', 'delete a key; what it publishes ends', 'key delete news sk_01jd5m3k8q2wxyz01234')
    .option('-y, --yes', 'do not ask')
    .action(act(shell, remove));
}

async function list(desk: Desk, channel: string): Promise<void> {
  const listing = await desk.api().list(`/channels/${pathPart(channel)}/keys`, 'keys');
  const columns = [
    { head: 'id', text: (row: StreamKey) => row.id },
    { head: 'label', text: (row: StreamKey) => row.label || '–' },
    { head: 'until', text: (row: StreamKey) => agoWords(row.expiresMs, desk.nowMs) },
    { head: 'last used', text: (row: StreamKey) => agoWords(row.lastUsedMs, desk.nowMs) },
    { head: 'from', text: (row: StreamKey) => row.lastUsedIp ?? '–' },
    { head: 'encoder', text: (row: StreamKey) => row.lastUsedEncoder ?? '–' },
  ];
  answerList(desk, 'keys', listing, columns, `No keys yet: headwater key create ${channel}`);
}

async function create(desk: Desk, channel: string, { label }: { readonly label?: string }): Promise<void> {
  const api = desk.api();
  const made = await api.post(`/channels/${pathPart(channel)}/keys`, { label: label ?? '' });
  const { ingests } = await api.getOpen('/ingests');
  const servers = serversOf(ingests[0]);
  desk.answer({ ...made, servers }, () => {
    const shown: [string, string | null][] = [
      ['key id', made.id],
      ['created', timeWords(made.createdMs)],
      ['server', servers.rtmp ?? 'no origin takes broadcasts now: headwater origin list'],
      ['with TLS', servers.rtmps],
      ['backup', servers.backup],
      ['stream key', made.streamKey],
    ];
    const words = 'Enter server and stream key in the encoder. The key is not shown again.\n';
    return facts(shown, desk.paint) + desk.paint('dim', words);
  });
}

/** Servers as encoders want them, which add the stream key themselves; of the endpoint that is nearest to this machine. */
function serversOf(ingest: Ingest | undefined) {
  const server = (template: string | null | undefined) => template?.replace(/\/\{stream_key\}$/, '') ?? null;
  return {
    rtmp: server(ingest?.url_template),
    rtmps: server(ingest?.url_template_secure),
    backup: server(ingest?.url_template_backup),
  };
}

async function relabel(desk: Desk, channel: string, key: string, label: string): Promise<void> {
  const changed = await desk.api().patch(`/channels/${pathPart(channel)}/keys/${pathPart(key)}`, { label });
  desk.answer(changed, () => `Stream key ${key} is called ${changed.label || 'nothing'}.\n`);
}

interface RotateOptions {
  readonly grace?: number;
  readonly now?: boolean;
  readonly yes?: boolean;
}

async function rotate(desk: Desk, channel: string, key: string, { grace, now, yes }: RotateOptions): Promise<void> {
  if (now) await confirm(desk, `Replace stream key ${key} now? An encoder that uses it is cut off.`, yes);
  const body = { graceMs: now ? 0 : grace };
  const made = await desk.api().post(`/channels/${pathPart(channel)}/keys/${pathPart(key)}/rotate`, body);
  desk.answer(made, () => {
    const shown: [string, string | null][] = [
      ['key id', made.key.id],
      ['stream key', made.key.streamKey],
    ];
    const until = now ? 'is refused from now on' : `is taken until ${timeWords(made.old.expiresMs)}`;
    const words = `The old key ${until}. The new one is not shown again.\n`;
    return facts(shown, desk.paint) + desk.paint('dim', words);
  });
}

async function remove(desk: Desk, channel: string, key: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(desk, `Delete stream key ${key}? An encoder that uses it is cut off.`, yes);
  await desk.api().remove(`/channels/${pathPart(channel)}/keys/${pathPart(key)}`);
  desk.answer({ deleted: key }, () => `Deleted stream key ${key}.\n`);
}
