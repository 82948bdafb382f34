import { deskLimits } from '#shared/limits/access.ts';

/** What a revocation can be about. */
export const revocationKinds = ['session', 'viewer', 'key', 'link', 'channel', 'broadcast'] as const;
export type RevocationKind = (typeof revocationKinds)[number];

/** Something whose tokens are refused until a time. Times in ms since the Unix epoch. */
export interface Revocation {
  readonly id: string;
  readonly kind: RevocationKind;
  /** Session id, viewer, key id (or {@link ownersKey}), link id, channel or broadcast. */
  readonly value: string;
  /** Tokens issued at this time or before are refused; null: all. */
  readonly issuedBeforeMs: number | null;
  /** Forgotten after this: every token that it is about has ended by itself. */
  readonly untilMs: number;
  readonly atMs: number;
  readonly label: string;
}

/**
 * Value of a revocation of kind `key` that is about one channel's key of an id, or (null) the deployment's: others may have
 * keys of the same id, which it does not close. `@` is in no key's id.
 */
export function ownersKey(kid: string, channel: string | null): string {
  return `${kid}@${channel ?? ''}`;
}

/** A revocation with its place in the order of changes. */
export interface Entry extends Revocation {
  readonly version: number;
  /** Taken back; isolates have to hear of it. */
  readonly isWithdrawn: boolean;
}

/** One change as it travels: kind, value, issuedBeforeMs, untilMs (0: withdrawn). */
export type Change = readonly [RevocationKind, string, number | null, number];

/** Everything that changed since a version, or all there is. */
export interface Changes {
  /** Another one means another history: nothing known before counts. */
  readonly epoch: string;
  readonly version: number;
  readonly isWhole: boolean;
  readonly changes: readonly Change[];
}

/** What a desk remembers beside the entries. */
export interface BookHead {
  readonly epoch: string;
  readonly version: number;
  /** Below this version changes are missing: who knows less hears everything. */
  readonly floor: number;
}

/** Kinds by which an operator closes much at once: they find a place in a full list. */
const urgentKinds: readonly RevocationKind[] = ['key', 'channel', 'broadcast'];

/** All revocations of a deployment, in the order of their changes. Holds no clock and no storage. */
export class RevocationBook {
  /** By {@link nameOf}; the order of insertion is that of versions. */
  readonly #entries = new Map<string, Entry>();
  #head: BookHead;
  #withdrawn = 0;
  /** Nothing ends before this: most calls find nothing to forget, and need not look at ten thousand entries for it. */
  #soonestMs = Number.POSITIVE_INFINITY;

  /** @param entries in the order of their versions */
  constructor(head: BookHead, entries: Iterable<Entry>) {
    this.#head = head;
    for (const entry of entries) this.#put(entry);
  }

  get head(): BookHead {
    return this.#head;
  }

  /** How many revocations count now. */
  get size(): number {
    return this.#entries.size - this.#withdrawn;
  }

  /** Whether there is nothing left to expire. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Adds one, or widens the one that is about the same; null when the list is full. */
  add(input: Omit<Revocation, 'id'>, newId: () => string): Entry | null {
    const name = nameOf(input.kind, input.value);
    const held = this.#entries.get(name);
    const same = held && !held.isWithdrawn ? held : null;
    if (!same && this.size >= placesFor(input.kind)) return null;
    const entry: Entry = {
      ...input,
      id: same?.id ?? newId(),
      issuedBeforeMs: same ? later(same.issuedBeforeMs, input.issuedBeforeMs) : input.issuedBeforeMs,
      untilMs: Math.max(held?.untilMs ?? 0, input.untilMs),
      version: this.#nextVersion(),
      isWithdrawn: false,
    };
    this.#put(entry);
    return entry;
  }

  /** Takes one back; null when there is none of this id. `dropped`: withdrawn ones that need not be kept any more. */
  withdraw(id: string): { readonly entry: Entry; readonly dropped: readonly Entry[] } | null {
    const held = [...this.#entries.values()].find((entry) => entry.id === id && !entry.isWithdrawn);
    if (!held) return null;
    const entry: Entry = { ...held, isWithdrawn: true, version: this.#nextVersion() };
    this.#put(entry);
    return { entry, dropped: this.#dropWithdrawn() };
  }

  /** Forgets what has ended by itself, and tells what that was: isolates know it without hearing of it. */
  expire(nowMs: number): readonly Entry[] {
    if (nowMs < this.#soonestMs) return [];
    const over = [...this.#entries.values()].filter((entry) => entry.untilMs <= nowMs);
    for (const entry of over) this.#drop(entry);
    this.#soonestMs = Number.POSITIVE_INFINITY;
    for (const { untilMs } of this.#entries.values()) this.#soonestMs = Math.min(this.#soonestMs, untilMs);
    return over;
  }

  /** What somebody has to hear who knows `version` of `epoch`. */
  changesSince(epoch: string, version: number): Changes {
    const { floor, ...head } = this.#head;
    const isWhole = epoch !== head.epoch || version < floor || version > head.version;
    if (!isWhole && version === head.version) return { ...head, isWhole, changes: [] };
    const changes: Change[] = [];
    for (const entry of this.#entries.values()) {
      if (isWhole ? !entry.isWithdrawn : entry.version > version) changes.push(changeOf(entry));
    }
    return { ...head, isWhole, changes };
  }

  /** A page, newest change first, of entries below a version. */
  page(belowVersion: number, kind: RevocationKind | null, limit: number): readonly Entry[] {
    const counting = [...this.#entries.values()].filter((entry) => {
      return !entry.isWithdrawn && entry.version < belowVersion && (kind === null || entry.kind === kind);
    });
    return counting.slice(-limit).reverse();
  }

  #nextVersion(): number {
    this.#head = { ...this.#head, version: this.#head.version + 1 };
    return this.#head.version;
  }

  #put(entry: Entry): void {
    const name = nameOf(entry.kind, entry.value);
    const held = this.#entries.get(name);
    if (held) this.#drop(held);
    this.#entries.set(name, entry);
    this.#soonestMs = Math.min(this.#soonestMs, entry.untilMs);
    if (entry.isWithdrawn) this.#withdrawn++;
  }

  #drop(entry: Entry): void {
    if (this.#entries.delete(nameOf(entry.kind, entry.value)) && entry.isWithdrawn) this.#withdrawn--;
  }

  #dropWithdrawn(): readonly Entry[] {
    if (this.#withdrawn <= deskLimits.withdrawnMax) return [];
    const dropped = [...this.#entries.values()]
      .filter((entry) => entry.isWithdrawn)
      .slice(0, deskLimits.withdrawnMax / 2);
    for (const entry of dropped) this.#drop(entry);
    this.#head = { ...this.#head, floor: dropped.at(-1)?.version ?? this.#head.floor };
    return dropped;
  }
}

function placesFor(kind: RevocationKind): number {
  return deskLimits.revocationsMax + (urgentKinds.includes(kind) ? deskLimits.revocationsReserved : 0);
}

function nameOf(kind: RevocationKind, value: string): string {
  return `${kind} ${value}`;
}

function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

function changeOf({ kind, value, issuedBeforeMs, untilMs, isWithdrawn }: Entry): Change {
  return [kind, value, issuedBeforeMs, isWithdrawn ? 0 : untilMs];
}
