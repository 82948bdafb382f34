import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadSecrets } from '../../scripts/local/secrets.ts';
import type { TestStack } from './stack.ts';

/** An origin beside that of a stack, with a folder of its own. Nothing starts it again. */
export interface SecondOrigin {
  /** `rtmp://…/live/<key>` */
  readonly publishUrl: string;
  /** Lines that it logged, parsed. */
  readonly log: Record<string, unknown>[];
  /** Resolves when it is gone. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** Starts it; resolves when publishers and PoPs can connect. */
export async function startSecondOrigin(stack: TestStack, name: string, ladder: object): Promise<SecondOrigin> {
  const folder = join(stack.dataDir, name);
  mkdirSync(folder, { recursive: true });
  const config = {
    originId: `o-${name}`,
    controlUrl: stack.popUrl(0),
    wireKeys: loadSecrets(stack.dataDir).wireKeys,
    rtmp: { bind: '127.0.0.1', port: 0 },
    http: { bind: '127.0.0.1', port: 0 },
    dataDir: folder,
    ladder,
  };
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const entry = join(import.meta.dirname, '../../origin/main.ts');
  const child: ChildProcess = spawn(process.execPath, [entry, '--config', file], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const log: Record<string, unknown>[] = [];
  if (child.stdout) createInterface(child.stdout).on('line', (line) => log.push(JSON.parse(line)));
  const [ready] = (await once(child, 'message')) as [{ rtmpPort: number }];
  // It holds a secret, and has been read.
  rmSync(file);
  return {
    publishUrl: `rtmp://127.0.0.1:${ready.rtmpPort}/live/${stack.run.streamKey}`,
    log,
    kill: async (signal) => {
      if (child.exitCode === null && child.signalCode === null && child.kill(signal)) await once(child, 'exit');
    },
  };
}
