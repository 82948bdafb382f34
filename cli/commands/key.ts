import type { Command } from 'commander';
import { act, group, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import type { Desk } from '../desk.ts';
import { confirm } from '../input/confirm.ts';
import { facts } from '../output/table.ts';
import { agoWords, timeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList } from './listing.ts';

interface StreamKey {
  readonly id: string;
  readonly label: string;
  readonly createdMs: number;
  readonly lastUsedMs: number | null;
  readonly lastUsedIp: string | null;
  readonly lastUsedEncoder: string | null;
}

interface NewStreamKey {
  readonly id: string;
  readonly label: string;
  readonly createdMs: number;
  readonly streamKey: string;
}

/** An endpoint of `GET /ingests`, the nearest first; `{stream_key}` ends each template. */
interface Ingest {
  readonly url_template: string;
  readonly url_template_secure: string | null;
  readonly url_template_backup: string | null;
}

/** `headwater key …` */
export function addKey(program: Command, shell: Shell): void {
  const key = group(
    program,
    'key',
    'stream keys of a channel: list, create, delete',
    'key create news --label "OBS at home"',
  );
  leaf(key, 'list <channel>', 'its keys and when each was last used', 'key list news').action(act(shell, list));
  leaf(key, 'create <channel>', 'make a key; it is shown this once', 'key create news --label "OBS at home"')
    .option('--label <label>', 'whose key it is, up to 64 characters')
    .action(act(shell, create));
  leaf(key, 'delete <channel> <key>', 'delete a key; what it publishes ends', 'key delete news sk_01jd5m3k8q2wxyz01234')
    .option('-y, --yes', 'do not ask')
    .action(act(shell, remove));
}

async function list(desk: Desk, channel: string): Promise<void> {
  const { keys } = await desk.api().get<{ readonly keys: readonly StreamKey[] }>(`/channels/${pathPart(channel)}/keys`);
  const columns = [
    { head: 'id', text: (row: StreamKey) => row.id },
    { head: 'label', text: (row: StreamKey) => row.label || '–' },
    { head: 'last used', text: (row: StreamKey) => agoWords(row.lastUsedMs, desk.nowMs) },
    { head: 'from', text: (row: StreamKey) => row.lastUsedIp ?? '–' },
    { head: 'encoder', text: (row: StreamKey) => row.lastUsedEncoder ?? '–' },
  ];
  answerList(desk, 'keys', { rows: keys, more: false }, columns, `No keys yet: headwater key create ${channel}`);
}

async function create(desk: Desk, channel: string, { label }: { readonly label?: string }): Promise<void> {
  const api = desk.api();
  const made = await api.post<NewStreamKey>(`/channels/${pathPart(channel)}/keys`, { label: label ?? '' });
  const { ingests } = await api.getOpen<{ readonly ingests: readonly Ingest[] }>('/ingests');
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

async function remove(desk: Desk, channel: string, key: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(desk, `Delete stream key ${key}? An encoder that uses it is cut off.`, yes);
  await desk.api().remove(`/channels/${pathPart(channel)}/keys/${pathPart(key)}`);
  desk.answer({ deleted: key }, () => `Deleted stream key ${key}.\n`);
}
