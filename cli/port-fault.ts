import { createServer } from 'node:net';

/** Why nothing can listen on a port of this machine, as the system's code; null: it is free, as 0 always is. */
export function portFault(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(null)));
  });
}
