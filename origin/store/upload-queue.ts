/** What keys of one broadcast begin with: `b/<broadcast>/`. */
const rootPattern = /^[^/]+\/[^/]+\//;
/** So many places are left empty at the front before the rest moves up. */
const emptyMax = 1_024;

/** Keys in the order in which they are sent, each once. What is done for each takes no longer the more of them wait. */
export class UploadQueue {
  /** What lies before `#first` is gone. */
  #order: string[] = [];
  #first = 0;
  readonly #byRoot = new Map<string, Set<string>>();

  has(key: string): boolean {
    return this.#byRoot.get(rootOf(key))?.has(key) ?? false;
  }

  /** How many keys begin so. */
  count(prefix: string): number {
    let count = 0;
    for (const [root, keys] of this.#near(prefix)) {
      if (root.startsWith(prefix)) count += keys.size;
      else for (const key of keys) if (key.startsWith(prefix)) count++;
    }
    return count;
  }

  /** Puts a key last; false: it waits already, and keeps its place. */
  push(key: string): boolean {
    if (!this.#note(key)) return false;
    this.#order.push(key);
    return true;
  }

  /** Puts a key first, also one that waits already. */
  putFirst(key: string): void {
    if (!this.#note(key)) this.#order.splice(this.#order.indexOf(key, this.#first), 1);
    if (this.#first > 0) this.#order[--this.#first] = key;
    else this.#order.unshift(key);
  }

  /** Takes the first key out that may be sent; null: none may. */
  take(mayBeSent: (key: string) => boolean): string | null {
    for (let at = this.#first; at < this.#order.length; at++) {
      const key = this.#order[at];
      if (key === undefined || !mayBeSent(key)) continue;
      if (at === this.#first) this.#first++;
      else this.#order.splice(at, 1);
      this.#moveUp();
      this.#strike(key);
      return key;
    }
    return null;
  }

  /** Takes all keys out that begin so. */
  drop(prefix: string): void {
    if (this.count(prefix) === 0) return;
    const dropped = this.#order.slice(this.#first).filter((key) => key.startsWith(prefix));
    this.#order = this.#order.slice(this.#first).filter((key) => !key.startsWith(prefix));
    this.#first = 0;
    for (const key of dropped) this.#strike(key);
  }

  /** The groups that may have keys that begin so. */
  #near(prefix: string): Iterable<readonly [string, ReadonlySet<string>]> {
    const root = rootPattern.exec(prefix)?.[0];
    if (root === undefined) return this.#byRoot;
    const keys = this.#byRoot.get(root);
    return keys ? [[root, keys]] : [];
  }

  /** False: it was there. */
  #note(key: string): boolean {
    const root = rootOf(key);
    const keys = this.#byRoot.get(root) ?? new Set<string>();
    if (keys.has(key)) return false;
    this.#byRoot.set(root, keys.add(key));
    return true;
  }

  #strike(key: string): void {
    const root = rootOf(key);
    const keys = this.#byRoot.get(root);
    keys?.delete(key);
    if (keys?.size === 0) this.#byRoot.delete(root);
  }

  #moveUp(): void {
    if (this.#first < emptyMax || this.#first * 2 < this.#order.length) return;
    this.#order = this.#order.slice(this.#first);
    this.#first = 0;
  }
}

function rootOf(key: string): string {
  return rootPattern.exec(key)?.[0] ?? '';
}
