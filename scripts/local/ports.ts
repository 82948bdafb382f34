import { createServer } from 'node:net';
import { StartError } from './start-error.ts';

/** A port to be listened on, and the option that changes it. */
export interface WantedPort {
  readonly port: number;
  readonly host: string;
  readonly use: string;
  readonly option: string;
}

/** Throws `port_in_use`, naming every port of the list that somebody else listens on. Port 0 is always free. */
export async function assertPortsFree(wanted: readonly WantedPort[]): Promise<void> {
  const checks = wanted.map(async (entry) => ({ entry, fault: await listenFault(entry) }));
  const taken = (await Promise.all(checks)).filter(({ fault }) => fault !== null);
  if (taken.length === 0) return;
  const list = taken.map(({ entry, fault }) => `port ${entry.port} for ${entry.use} (${fault})`).join(', ');
  const options = [...new Set(taken.map(({ entry }) => entry.option))].join(' and ');
  throw new StartError(
    'port_in_use',
    `Not free: ${list}.`,
    `Stop what listens there (maybe another Headwater), or choose other ports with ${options}.`,
  );
}

function listenFault({ port, host }: WantedPort): Promise<string | null> {
  if (port === 0) return Promise.resolve(null);
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
