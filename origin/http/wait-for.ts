import type { ServerResponse } from 'node:http';

/** Waits for a change, at most `timeoutMs`; `closed` when the client has left. Leaves no timer and no listener behind. */
export function waitFor(
  changed: Promise<void>,
  timeoutMs: number,
  response: ServerResponse,
): Promise<'changed' | 'closed'> {
  return new Promise((resolve) => {
    const finish = (how: 'changed' | 'closed') => {
      clearTimeout(timer);
      response.off('close', onClose);
      resolve(how);
    };
    const onClose = () => finish('closed');
    const timer = setTimeout(() => finish('changed'), timeoutMs);
    response.once('close', onClose);
    changed.then(() => finish('changed'));
  });
}
