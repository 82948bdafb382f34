import { cacheOfPop, popKeyOf } from './pop-cache.ts';

/** Small texts that a PoP was told and goes by while it cannot ask. Both ways a broken cache is none. */

/** The text that was noted last, or null; at most as old as it was put for. */
export async function readPopNote(pop: string, path: string): Promise<string | null> {
  try {
    const response = await (await cacheOfPop(pop)).match(popKeyOf(path));
    return response ? await response.text() : null;
  } catch (error) {
    console.error(JSON.stringify({ event: 'pop_note_not_read', path, error: String(error) }));
    return null;
  }
}

/** @param keptMs how long it may be read; whole seconds count */
export async function putPopNote(pop: string, path: string, text: string, keptMs: number): Promise<void> {
  const headers = { 'cache-control': `max-age=${Math.floor(keptMs / 1_000)}` };
  try {
    await (await cacheOfPop(pop)).put(popKeyOf(path), new Response(text, { headers }));
  } catch (error) {
    console.error(JSON.stringify({ event: 'pop_note_not_put', path, error: String(error) }));
  }
}
