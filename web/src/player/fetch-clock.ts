import { pageLimits } from '#shared/limits/page.ts';
import { type ClockPoint, clockOfPlaylist, firstVariant } from './media-clock.ts';

/** The timeline's clock as its HLS playlists tell it, or the status that was answered instead; 0 when nothing came. */
export async function fetchClock(hlsPath: string): Promise<readonly ClockPoint[] | { readonly status: number }> {
  try {
    const multivariant = await read(new URL(hlsPath, location.href).href);
    if (!multivariant.ok) return { status: multivariant.status };
    const variant = firstVariant(await multivariant.text(), multivariant.url);
    if (variant === null) return { status: 0 };
    const playlist = await read(variant);
    return playlist.ok ? clockOfPlaylist(await playlist.text()) : { status: playlist.status };
  } catch {
    return { status: 0 };
  }
}

function read(url: string): Promise<Response> {
  return fetch(url, { signal: AbortSignal.timeout(pageLimits.viewRequestMsMax) });
}
