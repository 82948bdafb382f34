import { DurableObject } from 'cloudflare:workers';
import { deskLimits } from '#shared/limits/access.ts';
import { formatId } from '#shared/model/id.ts';
import type { Env } from '../../env.ts';
import {
  type BookHead,
  type Changes,
  type Entry,
  type Revocation,
  RevocationBook,
  type RevocationKind,
} from './revocation-book.ts';

const columns = `kind, value, id, issued_before_ms AS issuedBeforeMs, until_ms AS untilMs, at_ms AS atMs, label, version,
  withdrawn AS isWithdrawn`;

/** Every revocation of the deployment, in one object: a change is told to whoever asks next, at any PoP. */
export class RevocationDesk extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #storage: DurableObjectStorage;
  readonly #book: RevocationBook;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#storage = state.storage;
    this.#sql = state.storage.sql;
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS revocations (
         kind TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL, issued_before_ms INTEGER, until_ms INTEGER NOT NULL,
         at_ms INTEGER NOT NULL, label TEXT NOT NULL, version INTEGER NOT NULL, withdrawn INTEGER NOT NULL,
         PRIMARY KEY (kind, value)) STRICT, WITHOUT ROWID`,
    );
    const fresh: BookHead = { epoch: crypto.randomUUID(), version: 0, floor: 0 };
    const head = this.#storage.kv.get<BookHead>('head') ?? fresh;
    if (head === fresh) this.#storage.kv.put('head', head);
    const rows = this.#sql.exec(`SELECT ${columns} FROM revocations ORDER BY version`);
    const entries = [...rows].map((row) => ({ ...row, isWithdrawn: row.isWithdrawn === 1 }) as unknown as Entry);
    this.#book = new RevocationBook(head, entries);
  }

  /** What a PoP has to hear that knows `version` of `epoch`. */
  changesSince(epoch: string, version: number): Changes {
    return this.#book.changesSince(epoch, version);
  }

  /** Revokes; null when the list is full. */
  async revoke(input: Omit<Revocation, 'id' | 'atMs'>): Promise<Revocation | null> {
    const nowMs = Date.now();
    this.#forget(this.#book.expire(nowMs));
    const random = crypto.getRandomValues(new Uint8Array(11));
    const entry = this.#book.add({ ...input, atMs: nowMs }, () => formatId('rv', nowMs, random));
    if (!entry) return null;
    this.#keep(entry);
    if ((await this.#storage.getAlarm()) === null) await this.#storage.setAlarm(nowMs + deskLimits.expireEveryMs);
    return publicOf(entry);
  }

  /** Takes a revocation back; false when there is none of this id. */
  withdraw(id: string): boolean {
    const withdrawn = this.#book.withdraw(id);
    if (!withdrawn) return false;
    this.#keep(withdrawn.entry);
    this.#forget(withdrawn.dropped);
    return true;
  }

  /** A page, newest change first, and the version to go on below; null on the last. */
  list(belowVersion: number | null, kind: RevocationKind | null, limit: number) {
    this.#forget(this.#book.expire(Date.now()));
    const entries = this.#book.page(belowVersion ?? Number.MAX_SAFE_INTEGER, kind, limit + 1);
    const next = entries.length > limit ? (entries[limit - 1]?.version ?? null) : null;
    return { revocations: entries.slice(0, limit).map(publicOf), size: this.#book.size, next };
  }

  override async alarm(): Promise<void> {
    const nowMs = Date.now();
    this.#forget(this.#book.expire(nowMs));
    if (!this.#book.isEmpty) await this.#storage.setAlarm(nowMs + deskLimits.expireEveryMs);
  }

  #keep(entry: Entry): void {
    const { kind, value, id, issuedBeforeMs, untilMs, atMs, label, version, isWithdrawn } = entry;
    this.#sql.exec(
      'INSERT OR REPLACE INTO revocations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[kind, value, id, issuedBeforeMs, untilMs, atMs, label, version, Number(isWithdrawn)],
    );
    this.#storage.kv.put('head', this.#book.head);
  }

  #forget(entries: readonly Entry[]): void {
    for (const { kind, value } of entries) {
      this.#sql.exec('DELETE FROM revocations WHERE kind = ? AND value = ?', kind, value);
    }
    if (entries.length > 0) this.#storage.kv.put('head', this.#book.head);
  }
}

function publicOf({ id, kind, value, issuedBeforeMs, untilMs, atMs, label }: Entry): Revocation {
  return { id, kind, value, issuedBeforeMs, untilMs, atMs, label };
}
