/** Path of a broadcast as an MP4; whether there is such a file is asked. */
export function downloadPath(broadcast: string): string {
  return `/b/${broadcast}/download.mp4`;
}

/** Whether there is a file at an address: asked without fetching it. Never rejects. */
export async function isThere(path: string): Promise<boolean> {
  try {
    return (await fetch(path, { method: 'HEAD' })).ok;
  } catch {
    return false;
  }
}
