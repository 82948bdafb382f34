import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatId, isChannelName } from '#shared/model/id.ts';
import { createControlClient } from './broadcast/control-client.ts';
import { dataFolders } from './broadcast/data-hold.ts';
import { loadConfig } from './config/config.ts';
import { importFile, undoImport } from './import/file-import.ts';
import { ImportError } from './import/import-error.ts';
import { type LeftEnd, settleLeft } from './import/left-imports.ts';
import { createTeller, type Teller } from './import/teller.ts';
import { createLog } from './observe/log.ts';
import { openBucket } from './store/open-bucket.ts';
import { checkFfmpeg, encodersOf } from './transcoder/ffmpeg.ts';
import { loadWire } from './wire.ts';

const usage = 'Usage: node origin/import.ts <file> --channel <channel> [--title <title>] [--config <file>] [--json]';

interface Wish {
  readonly file: string;
  readonly channel: string;
  readonly title: string | null;
  readonly config: string | null;
  readonly json: boolean;
  /** The upload that an origin starts this for; null: an operator did. */
  readonly job: string | null;
}

const ends: Readonly<Record<LeftEnd, string>> = {
  finished: 'Finished an earlier import',
  undone: 'Undid an earlier import',
  waiting: 'The control plane did not take an earlier import, which is kept',
};

function readWish(args: readonly string[]): Wish {
  const text = { type: 'string' } as const;
  const options = { channel: text, title: text, config: text, job: text, json: { type: 'boolean' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [file, ...more] = positionals;
    const { channel = '', title = null, config = null, job = null, json = false } = values;
    if (file !== undefined && more.length === 0 && isChannelName(channel))
      return { file, channel, title, config, json, job };
  } catch {
    // An option that is not known.
  }
  throw new ImportError('import_usage', usage);
}

async function run(wish: Wish, teller: Teller, signal: AbortSignal): Promise<void> {
  const config = loadConfig(wish.config, process.env);
  const { originId, ffmpegPath, ladder, spoolBytesMax, controlUrl } = config;
  const log = createLog('silent');
  await checkFfmpeg(ffmpegPath, encodersOf(ladder));
  const imports = join(config.dataDir, dataFolders.imports);
  mkdirSync(imports, { recursive: true, mode: 0o700 });
  const [key] = (await loadWire({ ...config, joinToken: undefined }, '')).keys;
  const control = createControlClient(controlUrl, key, Date.now);
  const target = openBucket(config.bucket, controlUrl, key);
  if (!target)
    throw new ImportError('import_no_bucket', 'This origin has no bucket. Set "bucket" in its configuration.');
  const onEnd = ({ broadcast }: { readonly broadcast: string }, end: LeftEnd) =>
    teller.note(`${ends[end]}: ${broadcast}`);
  await settleLeft({ imports, target, control, onEnd, log });
  const broadcast = formatId('b', Date.now(), randomBytes(11));
  const { file, channel, title, job } = wish;
  const about = {
    file,
    channel,
    title,
    job,
    broadcast,
    originId,
    ffmpegPath,
    ladder,
    imports,
    spoolBytesMax,
    target,
    control,
  };
  try {
    const onProgress = teller.progress;
    teller.ready(await importFile({ ...about, onProgress, signal, log, now: Date.now }), channel);
  } catch (cause) {
    if (cause instanceof ImportError && cause.code === 'import_unanswered') throw cause;
    await undoImport(imports, target, broadcast, log).catch(() => {
      teller.note('What was made is still in the bucket; the next import removes it.');
    });
    throw cause;
  }
}

async function main(): Promise<void> {
  const teller = createTeller(process.argv.includes('--json'), process.stdout);
  const stopping = new AbortController();
  const stop = () => stopping.abort(new ImportError('import_stopped', 'The import was stopped, and undone.'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, stop);
  // An origin that started this is gone: nobody hears what is said, and the job is another's soon.
  process.once('disconnect', stop);
  process.stdout.on('error', stop);
  try {
    await run(readWish(process.argv.slice(2)), teller, stopping.signal);
    process.exit(0);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'internal';
    teller.failed(code, cause instanceof Error ? cause.message : String(cause));
    process.exit(code === 'import_usage' ? 2 : 1);
  }
}

void main();
