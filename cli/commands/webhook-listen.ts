import { type Command, InvalidArgumentError } from 'commander';
import type { CreatedWebhook, EventType } from '#shared/api/shapes.ts';
import { cliLimits } from '#shared/limits/cli.ts';
import { act, leaf } from '../act.ts';
import { type Api, pathPart } from '../api.ts';
import { CliError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { parseCount } from '../input/count.ts';
import { plainText } from '../output/plain-text.ts';
import type { Shell } from '../shell.ts';
import { parseEventType } from '../webhook/event-types.ts';
import { type Forwarded, forward, parseForward } from '../webhook/forward.ts';
import { type Received, type Receiver, startReceiver } from '../webhook/receiver.ts';

/** By this it knows a webhook that an earlier run could not take away. */
const label = 'headwater webhook listen';

interface ListenOptions {
  readonly forward?: string;
  readonly channel?: string;
  readonly type?: readonly EventType[];
  readonly port?: number;
  readonly address?: string;
  readonly count?: number;
}

/** `headwater webhook listen` */
export function addWebhookListen(webhook: Command, shell: Shell): void {
  leaf(
    webhook,
    'listen',
    'receive what happens on this machine: print it, or hand it on; until Ctrl-C',
    'webhook listen',
    'webhook listen --forward http://127.0.0.1:3000/hook --channel news',
    'webhook listen --address https://tunnel.example.com/ --port 9000',
  )
    .option('--forward <url>', 'hand each delivery on as it came, with its signature', parseForward)
    .option('--channel <channel>', 'only what happens to this channel')
    .option('--type <type>', 'only events of this type; may be repeated', parseEventType)
    .option('--port <port>', `port of loopback to listen on (${cliLimits.listenPort})`, parsePort)
    .option('--address <url>', 'address to enter, where a tunnel leads from it to the port')
    .option('--count <n>', 'end after so many deliveries', parseCount)
    .action(act(shell, listen));
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It is no port.');
}

async function listen(desk: Desk, options: ListenOptions): Promise<void> {
  const api = desk.api();
  const stopped = desk.shell.untilStopped();
  const { promise: enough, resolve: end } = Promise.withResolvers<void>();
  let taken = 0;
  const receiver = await startReceiver({
    port: options.port ?? cliLimits.listenPort,
    refuse: (why) => desk.shell.err(`refused  ${plainText(why)}\n`),
    async take(received) {
      const forwarded = options.forward === undefined ? null : await forward(options.forward, received);
      showDelivery(desk, received, forwarded);
      taken++;
      if (taken === options.count) end();
      return statusFor(forwarded);
    },
  });
  try {
    const webhook = await enter(api, receiver, options);
    try {
      showStart(desk, webhook, options);
      await Promise.race([enough, stopped]);
    } finally {
      await api.remove(`/webhooks/${pathPart(webhook.id)}`);
      if (!desk.json) desk.shell.err(`Deleted webhook ${webhook.id}.\n`);
    }
  } finally {
    await receiver.close();
  }
}

/** What the address answered is what Headwater is told; without an answer it comes again later. */
function statusFor(forwarded: Forwarded | null): number {
  if (forwarded === null) return 204;
  return forwarded.status === null ? 502 : forwarded.status;
}

/** Enters the receiver's address; what an earlier run left of it goes first. */
async function enter(api: Api, receiver: Receiver, options: ListenOptions): Promise<CreatedWebhook> {
  const { address: url = `${receiver.url}/`, channel, type: types } = options;
  const { rows } = await api.list('/webhooks', 'webhooks', { channel });
  for (const left of rows.filter((row) => row.url === url && row.label === label)) {
    await api.remove(`/webhooks/${pathPart(left.id)}`);
  }
  try {
    const webhook = await api.post('/webhooks', { url, channel, types, label });
    receiver.trust(webhook.secret);
    return webhook;
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'bad_request' || options.address !== undefined) throw error;
    throw new CliError(
      'loopback_refused',
      `This deployment does not send to ${url}, an address of loopback.`,
      loopbackHint(new URL(url).host),
      { ...(error.status !== null && { status: error.status }), cause: error },
    );
  }
}

function loopbackHint(host: string): string {
  return [
    `Where the Worker runs on this machine, list the address in its setting: WEBHOOK_HOSTS="${host}".`,
    `The stack of "headwater up" lists 127.0.0.1:${cliLimits.listenPort} by itself.`,
    'A deployment at Cloudflare cannot reach this machine: open a tunnel to the port, and give its https address with --address.',
  ].join('\n');
}

function showStart(desk: Desk, { id, url, secret }: CreatedWebhook, { forward: to }: ListenOptions): void {
  if (desk.json) {
    desk.shell.out(`${JSON.stringify({ webhook: id, url, secret })}\n`);
    return;
  }
  const where = to === undefined ? '' : `, handed on to ${to}`;
  desk.shell.out(`Listening as webhook ${id} at ${url}${where}. Ctrl-C ends it.\nsecret  ${secret}\n`);
}

/** One line for each delivery; with `--json` one document a line. */
function showDelivery(
  { shell, json, paint }: Desk,
  { id, event, headers }: Received,
  forwarded: Forwarded | null,
): void {
  if (json) {
    shell.out(`${JSON.stringify({ id, headers, event, ...(forwarded && { forwarded }) })}\n`);
    return;
  }
  const { type = '', timestamp = '', data = {} } = event as { type?: string; timestamp?: string; data?: object };
  const answer = forwarded === null ? '' : `  → ${forwarded.status ?? 'no answer'}, ${forwarded.tookMs} ms`;
  const words = `${timestamp.slice(11, 19)}  ${id}  ${paint('bold', plainText(type))}  ${plainText(JSON.stringify(data))}`;
  shell.out(`${words}${answer}\n`);
}
