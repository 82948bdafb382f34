import { type Command, Option } from 'commander';
import type { Orphan } from '#shared/api/shapes.ts';
import { cliLimits } from '#shared/limits/cli.ts';
import { act, leaf } from '../act.ts';
import type { Api, Listing } from '../api.ts';
import type { Desk } from '../desk.ts';
import { type Progress, startProgress } from '../output/progress.ts';
import { agoWords, sizeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';

interface OrphanOptions extends ListOptions {
  readonly missing?: boolean;
  readonly unrecorded?: boolean;
}

/** `headwater replay orphans` and `headwater replay lifecycle`. */
export function addReplayBucket(replay: Command, shell: Shell): void {
  const reports = ['replay orphans', 'replay orphans --missing', 'replay orphans --all --json'];
  withListOptions(
    leaf(replay, 'orphans', 'what lies in the bucket and belongs to nothing, or the other way round', ...reports),
  )
    .option('--missing', 'instead, segments that replays name and the bucket lacks')
    .addOption(
      new Option('--unrecorded', 'instead, ended broadcasts without a record in the bucket').conflicts('missing'),
    )
    .action(act(shell, orphans));
  leaf(replay, 'lifecycle', "rules for the bucket's own lifecycle, as S3 and R2 take them", 'replay lifecycle').action(
    act(shell, lifecycle),
  );
}

function orphans(desk: Desk, options: OrphanOptions): Promise<void> {
  if (options.missing) return listMissing(desk, limitOf(options));
  return options.unrecorded ? listUnrecorded(desk, limitOf(options)) : listOrphans(desk, limitOf(options));
}

async function listOrphans(desk: Desk, limit: number): Promise<void> {
  const progress = startProgress(desk.shell, desk.json);
  const listing = await findOrphans(desk.api(), limit, progress).finally(() => progress.end());
  const columns = [
    { head: 'below', text: (row: Orphan) => row.prefix || '(elsewhere)' },
    { head: 'why', text: (row: Orphan) => whyWords[row.why] },
    { head: 'objects', text: (row: Orphan) => String(row.objects), right: true as const },
    { head: 'size', text: (row: Orphan) => sizeWords(row.sizeBytes), right: true as const },
  ];
  answerList(desk, 'orphans', listing, columns, 'Everything in the bucket belongs to something.');
}

const whyWords = {
  unknown: 'no such broadcast',
  deleted: 'its broadcast was deleted',
  not_media: 'not of Headwater',
} as const satisfies Record<Orphan['why'], string>;

/** Goes through the bucket, a page at a time: one without an orphan is no end, and one prefix can be on two of them. */
async function findOrphans(api: Api, limit: number, progress: Progress): Promise<Listing<Orphan>> {
  const found = new Map<string, Orphan>();
  let looked = 0;
  let cursor: string | undefined;
  for (let page = 0; page < cliLimits.bucketPagesMax; page++) {
    const answer = await api.get('/orphans', { cursor });
    for (const one of answer.orphans) {
      const seen = found.get(one.prefix);
      const { objects = 0, sizeBytes = 0 } = seen ?? {};
      found.set(one.prefix, { ...one, objects: objects + one.objects, sizeBytes: sizeBytes + one.sizeBytes });
    }
    looked += answer.looked;
    progress.show(`looked at ${looked} objects …`);
    cursor = answer.next ?? undefined;
    // One more than was asked for, so that the last of them is counted whole.
    if (cursor === undefined || found.size > limit) break;
  }
  return { rows: [...found.values()].slice(0, limit), more: cursor !== undefined || found.size > limit };
}

async function listMissing(desk: Desk, limit: number): Promise<void> {
  const listing = await desk.api().list('/orphans/missing', 'segments', {}, limit);
  type Row = (typeof listing.rows)[number];
  const columns = [
    { head: 'broadcast', text: (row: Row) => row.broadcast },
    { head: 'channel', text: (row: Row) => row.channel },
    { head: 'rendition', text: (row: Row) => row.rendition },
    { head: 'segment', text: (row: Row) => String(row.msn), right: true as const },
    { head: 'missed', text: (row: Row) => agoWords(row.seenMs, desk.nowMs) },
  ];
  answerList(desk, 'segments', listing, columns, 'No viewer has missed a segment.');
}

async function listUnrecorded(desk: Desk, limit: number): Promise<void> {
  const listing = await desk.api().list('/orphans/unrecorded', 'broadcasts', {}, limit);
  type Row = (typeof listing.rows)[number];
  const columns = [
    { head: 'broadcast', text: (row: Row) => row.id },
    { head: 'channel', text: (row: Row) => row.channel },
    { head: 'ended', text: (row: Row) => agoWords(row.endedMs, desk.nowMs) },
  ];
  answerList(desk, 'broadcasts', listing, columns, 'Every broadcast that has ended has a record.');
}

/** A document for another program, also without `--json`. */
async function lifecycle(desk: Desk): Promise<void> {
  const rules = await desk.api().get('/retention/lifecycle');
  desk.shell.err('They take the place of all rules that the bucket has; apply them daily: docs/operate/storage.md\n');
  desk.answer(rules, () => `${JSON.stringify(rules, null, 2)}\n`);
}
