/** Whether there is a file at an address: asked without fetching it. Never rejects. */
export async function isThere(path: string): Promise<boolean> {
  try {
    return (await fetch(path, { method: 'HEAD' })).ok;
  } catch {
    return false;
  }
}
