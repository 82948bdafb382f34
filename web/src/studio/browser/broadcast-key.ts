import { castLimits } from '#shared/limits/page.ts';
import { isChannelName } from '#shared/model/id.ts';
import type { Answer, Api } from '../api.ts';

/** A stream key that was made for one broadcast from this browser. */
export interface BroadcastKey {
  readonly streamKey: string;
  /** Deletes it. What cannot be deleted now is when this browser goes live next. */
  forget(): Promise<void>;
}

/** Where a key is, never the key itself. */
interface KeyNote {
  readonly channel: string;
  readonly id: string;
}

/** Label of the keys that this page makes for itself. */
const keyLabel = 'This browser';
const storageKey = 'headwater.studio.broadcast-keys';

/** Makes a key, once those are deleted that broadcasts of tabs left behind which are gone by now. */
export async function makeBroadcastKey(api: Api, channel: string): Promise<Answer<BroadcastKey>> {
  await Promise.all(notes().map((note) => deleteLeftBehind(api, note)));
  const made = await api.send('POST', `/channels/${channel}/keys`, { label: keyLabel });
  if (!made.ok) return made;
  const { id, streamKey } = made.body;
  const note = { channel, id };
  const letGo = hold(note);
  write([...notes(), note].slice(-castLimits.keyNotesMax));
  const forget = async () => {
    await remove(api, note);
    await letGo();
  };
  return { ok: true, body: { streamKey, forget } };
}

/** Tells other tabs that the key is in use, for as long as this one is there. */
function hold(note: KeyNote): () => Promise<void> {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const holding = navigator.locks.request(lockName(note), () => over);
  return async () => {
    end();
    await holding;
  };
}

async function deleteLeftBehind(api: Api, note: KeyNote): Promise<void> {
  await navigator.locks.request(lockName(note), { ifAvailable: true }, async (lock) => {
    if (lock) await remove(api, note);
  });
}

async function remove(api: Api, { channel, id }: KeyNote): Promise<void> {
  const answer = await api.send('DELETE', `/channels/${channel}/keys/${id}`);
  if (answer.ok || answer.status === 404) write(notes().filter((note) => note.id !== id));
}

function lockName({ id }: KeyNote): string {
  return `${storageKey} ${id}`;
}

function notes(): readonly KeyNote[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isNote) : [];
  } catch {
    return [];
  }
}

function write(kept: readonly KeyNote[]): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(kept));
  } catch {
    // Storage can be closed to this page: what is left behind then is deleted by hand.
  }
}

function isNote(kept: unknown): kept is KeyNote {
  if (typeof kept !== 'object' || kept === null || !('channel' in kept) || !('id' in kept)) return false;
  const { channel, id } = kept;
  return typeof channel === 'string' && isChannelName(channel) && typeof id === 'string' && /^sk_[0-9a-z]+$/.test(id);
}
