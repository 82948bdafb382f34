import type { RevocationSubject } from '../ports.ts';
import { type Changes, ownersKey, type RevocationKind, revocationKinds } from './revocation-book.ts';

interface Known {
  readonly issuedBeforeMs: number;
  readonly untilMs: number;
}

/** What an isolate knows of a deployment's revocations: answers without allocation while no key is among them, grows by changes only. */
export class RevocationView {
  #epoch = '';
  #version = 0;
  #known = emptyMaps();

  get epoch(): string {
    return this.#epoch;
  }

  get version(): number {
    return this.#version;
  }

  /** Takes over what a desk tells; changes that are older than what is known are dropped. */
  apply({ epoch, version, isWhole, changes }: Changes, nowMs: number): void {
    if (!isWhole && (epoch !== this.#epoch || version < this.#version)) return;
    if (isWhole) this.#known = emptyMaps();
    for (const [kind, value, issuedBeforeMs, untilMs] of changes) {
      if (untilMs <= nowMs) this.#known[kind].delete(value);
      else this.#known[kind].set(value, { issuedBeforeMs: issuedBeforeMs ?? Number.POSITIVE_INFINITY, untilMs });
    }
    this.#epoch = epoch;
    this.#version = version;
  }

  /** Forgets what has ended by itself. */
  expire(nowMs: number): void {
    for (const known of Object.values(this.#known)) {
      for (const [value, { untilMs }] of known) if (untilMs <= nowMs) known.delete(value);
    }
  }

  isRevoked(subject: RevocationSubject, nowMs: number): boolean {
    for (const kind of revocationKinds) {
      const value = namedBy(subject, kind);
      if (value !== null && this.#covers(kind, value, subject, nowMs)) return true;
    }
    if (this.#known.key.size === 0) return false;
    return this.#covers('key', ownersKey(subject.kid, subject.owner), subject, nowMs);
  }

  #covers(kind: RevocationKind, value: string, { issuedMs }: RevocationSubject, nowMs: number): boolean {
    const known = this.#known[kind].get(value);
    return known !== undefined && nowMs < known.untilMs && issuedMs <= known.issuedBeforeMs;
  }
}

function namedBy(subject: RevocationSubject, kind: RevocationKind): string | null {
  return kind === 'key' ? subject.kid : subject[kind];
}

function emptyMaps(): Record<RevocationKind, Map<string, Known>> {
  const maps: Partial<Record<RevocationKind, Map<string, Known>>> = {};
  for (const kind of revocationKinds) maps[kind] = new Map();
  return maps as Record<RevocationKind, Map<string, Known>>;
}
