import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Secrets } from '../../scripts/local/secrets.ts';
import type {} from '../../web/src/player/window-api.ts';
import type { Canary } from './canary-index.ts';
import { noteToken } from './canary-notes.ts';
import { canariesOf } from './canary-sweep.ts';
import { launchChromium } from './chromium.ts';
import { type CodedPublisher, publishCodedPicture } from './coded-publisher.ts';
import { pollUntil } from './poll.ts';
import { startTestStack, type TestStack } from './stack.ts';
import { timeS } from './standstill.ts';

/** A signed link as it is told once. */
export interface Link {
  readonly id: string;
  readonly token: string;
  readonly urls: Readonly<Record<string, string>>;
}

/** The whole stack with a signed channel that is live, and viewers in Chromium who come with links. */
export class SignedStage {
  readonly dataDir: string;
  readonly stack: TestStack;
  readonly browser: Browser;
  readonly publisher: CodedPublisher;
  readonly broadcast: string;
  /** Everything that the stack logged. */
  readonly logged: string[];
  /** Script errors and breaches of the policy, of all pages. */
  readonly faults: string[] = [];
  /** Tokens of links and sessions that were used. */
  readonly used = new Set<string>();
  /** What the links of this deployment are signed with. */
  readonly #signingSecret: string;

  private constructor(
    started: Pick<SignedStage, 'dataDir' | 'stack' | 'browser' | 'publisher' | 'broadcast' | 'logged'>,
    signingSecret: string,
  ) {
    ({ dataDir: this.dataDir, stack: this.stack, browser: this.browser, publisher: this.publisher } = started);
    ({ broadcast: this.broadcast, logged: this.logged } = started);
    this.#signingSecret = signingSecret;
  }

  /** @param vars settings of the Worker */
  static async start(vars: Readonly<Record<string, string>>): Promise<SignedStage> {
    const dataDir = await mkdtemp(join(tmpdir(), 'headwater-signed-'));
    const logged: string[] = [];
    // Nothing is encoded and viewers have a few seconds in hand, so that two cores are enough for four of them.
    const ladder = { encodeRungsMax: 0 };
    const log = (record: object) => logged.push(JSON.stringify(record));
    const stack = await startTestStack({ dataDir, vars, ladder, log });
    const browser = await launchChromium();
    const made = await stack.api('POST', '/signing-keys', { algorithm: 'HS256' });
    const { secret } = (await made.json()) as { secret: string };
    const channel = `/channels/${stack.run.channel}`;
    await stack.api('PATCH', channel, { reconnectWindowMs: 500, latency: 'standard' });
    const publisher = publishCodedPicture({ url: stack.publishUrl });
    const broadcast = (await stack.waitForState('live')).broadcast ?? '';
    await stack.api('PATCH', channel, { visibility: 'signed' });
    const isClosed = async (index: number) =>
      (await fetch(`${stack.popUrl(index)}/live/${stack.run.channel}/index.m3u8`)).status === 401;
    for (const index of [0, 1, 2]) await pollUntil(() => isClosed(index), `PoP ${index} to be closed`, 20_000);
    return new SignedStage({ dataDir, stack, browser, publisher, broadcast, logged }, secret);
  }

  /** A link to the channel, for an hour unless it says otherwise. */
  async makeLink(different: object): Promise<Link> {
    const term = 'expiresMs' in different ? {} : { preset: '1h' };
    const response = await this.stack.api('POST', '/links', { channel: this.stack.run.channel, ...term, ...different });
    if (response.status !== 201) throw new Error(await response.text());
    const link = (await response.json()) as Link;
    this.used.add(link.token);
    return link;
  }

  /** A page in a browser of its own, which shares nothing with others. */
  async openPage(pop: number, path: string): Promise<Page> {
    const page = await (await this.browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) this.faults.push(message.text());
    });
    page.on('request', (request) => {
      const [, token] = /\/t\/([^/]+)\//.exec(request.url()) ?? [];
      if (token === undefined) return;
      this.used.add(token);
      noteToken('a token in a path', token);
    });
    await page.goto(this.stack.popUrl(pop) + path);
    return page;
  }

  /** What each secret is called, and its text. */
  async canaries(): Promise<readonly Canary[]> {
    const text = await readFile(join(this.dataDir, 'secrets.json'), 'utf8');
    const { wireKeys, accessKeys, apiToken } = JSON.parse(text) as Secrets;
    const plain = {
      wireKeys,
      accessKeys,
      apiToken,
      streamKey: this.stack.run.streamKey,
      'signing key': this.#signingSecret,
    };
    const secrets = Object.entries(plain).map(([name, secret]) => ({
      name,
      text: secret.slice(secret.indexOf(':') + 1),
    }));
    return [...secrets, ...[...this.used].flatMap((token) => canariesOf(token.slice(0, 3), token))];
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.publisher.stop();
    await this.stack.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** Waits until the page says that it is in a state. */
export function waitForState(on: Page, state: string, timeout = 40_000): Promise<unknown> {
  return on.waitForFunction((wanted) => window.headwater?.state === wanted, state, { timeout });
}

/** Waits until a second more was played. */
export async function waitForPictures(on: Page): Promise<void> {
  const fromS = await timeS(on);
  await pollUntil(async () => (await timeS(on)) > fromS + 1, 'the picture to move', 40_000);
}

/** What a page asks PoPs for from now on: method, path with `/t/…` as it is, and status. */
export function follow(page: Page): string[] {
  const asked: string[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    asked.push(`${response.request().method()} ${pathname} ${response.status()}`);
  });
  return asked;
}
