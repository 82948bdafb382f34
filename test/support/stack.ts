import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChannelState } from '#shared/model/broadcast.ts';
import type { WatchView } from '#shared/model/view.ts';
import { loadSecrets } from '../../scripts/local/secrets.ts';
import { type StackOptions, startStack } from '../../scripts/local/stack.ts';
import { noteAnswer, noteLog, noteSecrets, sweepState } from './canary-notes.ts';
import { pollUntil } from './poll.ts';

export interface TestStack {
  /** As it is now: the origin has another process after a restart. */
  readonly run: Awaited<ReturnType<typeof startStack>>['run'];
  /** Where the stack keeps its state; `config.json` in it is the origin's configuration. */
  readonly dataDir: string;
  /** Lines that the origin logged, parsed. */
  readonly originLog: Record<string, unknown>[];
  /** `rtmp://…/live/<key>` */
  readonly publishUrl: string;
  popUrl(index: number): string;
  view(): Promise<WatchView>;
  waitForState(state: ChannelState): Promise<WatchView>;
  /** Calls the API as its administrator. */
  api(method: string, path: string, body?: object): Promise<Response>;
  stop(): Promise<void>;
}

/** Files of a stack that are there to keep secrets. */
const keepers = ['secrets.json', 'run.json', 'origin/config.json'];

/** Origin, three PoPs and a channel on free ports with state of their own; nothing is published. */
export async function startTestStack(options: Partial<StackOptions> = {}): Promise<TestStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'headwater-test-'));
  const originLog: Record<string, unknown>[] = [];
  const logged: string[] = [];
  const stateDir = options.dataDir ?? dataDir;
  const stack = await startStack({
    dataDir,
    firstPort: 0,
    rtmpPort: 0,
    testCard: false,
    onOriginLog: (line) => originLog.push(line),
    ...options,
    log: (record) => {
      logged.push(JSON.stringify(record));
      options.log?.(record);
    },
  });
  const { run } = stack;
  const { wireKeys, accessKeys, apiToken } = loadSecrets(stateDir);
  noteSecrets({ wireKeys, accessKeys, apiToken, streamKey: run.streamKey });
  const popUrl = (index: number) => run.pops[index]?.url ?? '';
  const view = async () => (await fetch(`${popUrl(0)}/api/v1/watch/${run.channel}`)).json() as Promise<WatchView>;
  return {
    get run() {
      return stack.run;
    },
    dataDir,
    originLog,
    publishUrl: `${run.rtmp}/${run.streamKey}`,
    popUrl,
    view,
    waitForState: async (state) => {
      await pollUntil(async () => (await view()).state === state, `the channel to be ${state}`, 30_000);
      return view();
    },
    api: async (method, path, body) => {
      const response = await fetch(`${run.api}${path}`, {
        method,
        headers: { authorization: `Bearer ${run.apiToken}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      if (method === 'POST') noteAnswer(await response.clone().text());
      return response;
    },
    stop: async () => {
      await stack.stop();
      noteLog(logged);
      if (existsSync(stateDir)) sweepState(stateDir, keepers);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
