import type { EngineFactory } from './engine.ts';
import { createNativeEngine, nativeSupported } from './native-engine.ts';

/** What the address asks for: `?engine=dash`, else HLS. */
export type Protocol = 'hls' | 'dash';

/** The protocol named in a query string. */
export function protocolOf(search: string): Protocol {
  return new URLSearchParams(search).get('engine') === 'dash' ? 'dash' : 'hls';
}

/**
 * Loads the engine for a protocol: hls.js where media source exists, then the browser's own HLS.
 * @returns null when this browser can play neither
 * @throws when the engine's script cannot be loaded
 */
export async function loadEngineFactory(protocol: Protocol, video: HTMLVideoElement): Promise<EngineFactory | null> {
  if (protocol === 'dash') {
    const { createDashEngine, dashSupported } = await import('./dash-engine.ts');
    return dashSupported() ? createDashEngine : null;
  }
  const { createHlsEngine, hlsSupported } = await import('./hls-engine.ts');
  if (hlsSupported()) return createHlsEngine;
  return nativeSupported(video) ? createNativeEngine : null;
}
