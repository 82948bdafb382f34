import { type Command, Option } from 'commander';
import type { Delivery, EventType, Webhook } from '#shared/api/shapes.ts';
import { act, group, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { confirm } from '../input/confirm.ts';
import { parseDuration } from '../input/duration.ts';
import { facts } from '../output/table.ts';
import { agoWords, timeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { parseEvent, parseEventType } from '../webhook/event-types.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';
import { addWebhookListen } from './webhook-listen.ts';

interface WebhookOptions {
  readonly channel?: string;
  readonly type?: readonly EventType[];
  readonly label?: string;
}

interface ChangeOptions extends WebhookOptions {
  readonly address?: string;
  readonly allTypes?: boolean;
  readonly disable?: boolean;
  readonly enable?: boolean;
}

/** `headwater webhook …` */
export function addWebhook(program: Command, shell: Shell): void {
  const webhook = group(
    program,
    'webhook',
    'addresses that are told what happens: create, list, show, change, rotate, test, deliveries, redeliver, listen, delete',
    'webhook create https://example.com/hook --channel news',
  );
  const created = [
    'webhook create https://example.com/hook',
    'webhook create https://example.com/hook --channel news --type channel.live --type channel.ended',
  ];
  typeOption(leaf(webhook, 'create <address>', 'enter an address; its secret is shown this once', ...created))
    .option('--channel <channel>', 'only what happens to this channel')
    .option('--label <label>', 'a note for the list')
    .action(act(shell, create));
  withListOptions(
    leaf(webhook, 'list', 'all by id, and what waits for each', 'webhook list', 'webhook list --channel news'),
  )
    .option('--channel <channel>', 'of this channel only')
    .action(act(shell, list));
  leaf(webhook, 'show <webhook>', 'one of them', 'webhook show wh_01jd5m3k8q2wxyz01234').action(act(shell, show));
  const changes = [
    'webhook change wh_01jd5m3k8q2wxyz01234 --enable',
    'webhook change wh_01jd5m3k8q2wxyz01234 --address https://example.com/other --all-types',
  ];
  typeOption(leaf(webhook, 'change <webhook>', 'change what is given', ...changes))
    .addOption(new Option('--all-types', 'every type').conflicts('type'))
    .option('--address <address>', 'send to this one')
    .option('--label <label>', 'a note for the list')
    .addOption(new Option('--disable', 'send nothing').conflicts('enable'))
    .option('--enable', 'go on with what happens from now on')
    .action(act(shell, change));
  const rotated = [
    'webhook rotate wh_01jd5m3k8q2wxyz01234 --grace 2d',
    'webhook rotate wh_01jd5m3k8q2wxyz01234 --now --yes',
  ];
  leaf(webhook, 'rotate <webhook>', 'make a new secret; the old one signs too for a while', ...rotated)
    .option('--grace <duration>', 'for how long (24h)', parseDuration)
    .addOption(new Option('--now', 'no longer: what checks with it refuses').conflicts('grace'))
    .option('-y, --yes', 'do not ask')
    .action(act(shell, rotate));
  addDeliveries(webhook, shell);
  addWebhookListen(webhook, shell);
  leaf(webhook, 'delete <webhook>', 'delete it and its log', 'webhook delete wh_01jd5m3k8q2wxyz01234 --yes')
    .option('-y, --yes', 'do not ask')
    .action(act(shell, remove));
}

function addDeliveries(webhook: Command, shell: Shell): void {
  leaf(webhook, 'test <webhook>', 'send it an event of no channel now', 'webhook test wh_01jd5m3k8q2wxyz01234').action(
    act(shell, async (desk, id: string) => {
      answerDelivery(desk, await desk.api().post(`/webhooks/${pathPart(id)}/test`, undefined));
    }),
  );
  withListOptions(
    leaf(
      webhook,
      'deliveries <webhook>',
      'the last attempts, the newest first',
      'webhook deliveries wh_01jd5m3k8q2wxyz01234',
    ),
  ).action(act(shell, deliveries));
  leaf(
    webhook,
    'redeliver <webhook> <event>',
    'send one event again',
    'webhook redeliver wh_01jd5m3k8q2wxyz01234 ev_42',
  ).action(
    act(shell, async (desk, id: string, event: string) => {
      const body = { event: parseEvent(event) };
      answerDelivery(desk, await desk.api().post(`/webhooks/${pathPart(id)}/redeliver`, body));
    }),
  );
}

function typeOption(command: Command): Command {
  return command.addOption(
    new Option('--type <type>', 'only events of this type, such as channel.live; may be repeated').argParser(
      parseEventType,
    ),
  );
}

async function create(desk: Desk, url: string, { channel, type, label }: WebhookOptions): Promise<void> {
  const made = await desk.api().post('/webhooks', { url, channel, types: type, label });
  desk.answer(made, () => {
    const words = 'The secret checks signatures, and is not shown again. Try it: ';
    const rows = [...webhookRows(desk, made), ['secret', made.secret] as const];
    return facts(rows, desk.paint) + desk.paint('dim', `${words}headwater webhook test ${made.id}\n`);
  });
}

async function list(desk: Desk, options: ListOptions & WebhookOptions): Promise<void> {
  const listing = await desk.api().list('/webhooks', 'webhooks', { channel: options.channel }, limitOf(options));
  const columns = [
    { head: 'id', text: (row: Webhook) => row.id },
    { head: 'state', text: stateWords },
    { head: 'channel', text: (row: Webhook) => row.channel ?? 'all' },
    { head: 'types', text: typeWords },
    { head: 'waiting', text: (row: Webhook) => String(row.waiting), right: true as const },
    { head: 'address', text: (row: Webhook) => row.url },
    { head: 'label', text: (row: Webhook) => row.label || '–' },
  ];
  answerList(desk, 'webhooks', listing, columns, 'No webhooks yet: headwater webhook create <address>');
}

async function show(desk: Desk, id: string): Promise<void> {
  const webhook = await desk.api().get(`/webhooks/${pathPart(id)}`);
  desk.answer(webhook, () => facts(webhookRows(desk, webhook), desk.paint));
}

async function change(desk: Desk, id: string, options: ChangeOptions): Promise<void> {
  const { address: url, type, allTypes, label, disable, enable } = options;
  const types = allTypes ? [] : type;
  const disabled = disable ? true : enable ? false : undefined;
  const wanted = { url, types, label, disabled };
  if (Object.values(wanted).every((value) => value === undefined)) throw usageError('Nothing to change.');
  const webhook = await desk.api().patch(`/webhooks/${pathPart(id)}`, wanted);
  desk.answer(webhook, () => facts(webhookRows(desk, webhook), desk.paint));
}

interface RotateOptions {
  readonly grace?: number;
  readonly now?: boolean;
  readonly yes?: boolean;
}

async function rotate(desk: Desk, id: string, { grace, now, yes }: RotateOptions): Promise<void> {
  if (now) await confirm(desk, `Replace the secret of webhook ${id} now? Who checks with the old one refuses.`, yes);
  const made = await desk.api().post(`/webhooks/${pathPart(id)}/rotate`, { graceMs: now ? 0 : grace });
  desk.answer(made, () => {
    const old = now ? 'The old secret signs no more.' : 'The old secret signs too for a while.';
    const rows = [['webhook', made.id] as const, ['secret', made.secret] as const];
    return facts(rows, desk.paint) + desk.paint('dim', `${old} The new one is not shown again.\n`);
  });
}

async function remove(desk: Desk, id: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(desk, `Delete webhook ${id}? What waits for it is not sent.`, yes);
  await desk.api().remove(`/webhooks/${pathPart(id)}`);
  desk.answer({ deleted: id }, () => `Deleted webhook ${id}.\n`);
}

async function deliveries(desk: Desk, id: string, options: ListOptions): Promise<void> {
  const listing = await desk.api().list(`/webhooks/${pathPart(id)}/deliveries`, 'deliveries', {}, limitOf(options));
  const columns = [
    { head: 'event', text: (row: Delivery) => (row.event > 0 ? `ev_${row.event}` : '–') },
    { head: 'type', text: (row: Delivery) => row.type },
    { head: 'sent', text: (row: Delivery) => agoWords(row.atMs, desk.nowMs) },
    { head: 'attempt', text: (row: Delivery) => String(row.attempt), right: true as const },
    { head: 'answer', text: answerWords },
    { head: 'took', text: (row: Delivery) => `${Math.round(row.tookMs)} ms`, right: true as const },
  ];
  answerList(desk, 'deliveries', listing, columns, `Nothing was sent yet: headwater webhook test ${id}`);
}

/** What came of one attempt; one that was not taken ends the command as a failure. */
function answerDelivery(desk: Desk, delivery: Delivery): void {
  desk.answer(delivery, () => `${delivery.type}  ${answerWords(delivery)}, ${Math.round(delivery.tookMs)} ms\n`);
  const { status, error } = delivery;
  if (status !== null && status >= 200 && status < 300) return;
  const why = status === null ? `The address did not take it (${error}).` : `The address answered ${status}.`;
  throw new CliError('delivery_failed', why, 'It must answer with 2xx within ten seconds: docs/protocol/webhooks.md');
}

function answerWords({ status, error }: Delivery): string {
  return status === null ? (error ?? 'none') : String(status);
}

function stateWords({ disabledMs }: Webhook): string {
  return disabledMs === null ? 'on' : 'disabled';
}

function typeWords({ types }: Webhook): string {
  return types.length === 0 ? 'all' : types.join(', ');
}

function webhookRows({ nowMs }: Desk, webhook: Webhook): (readonly [string, string | null])[] {
  const { disabledMs, disabledWhy } = webhook;
  return [
    ['webhook', webhook.id],
    ['address', webhook.url],
    ['channel', webhook.channel ?? 'all'],
    ['types', typeWords(webhook)],
    ['state', stateWords(webhook)],
    ['since', disabledMs === null ? null : `${timeWords(disabledMs)} (${agoWords(disabledMs, nowMs)})`],
    ['why', disabledWhy],
    ['waiting', String(webhook.waiting)],
    ['label', webhook.label || null],
  ];
}
