/** Started by supervision.test.ts as the main process that gets killed: prints its ingest's pid and port. */
import { startIngest } from '../../origin/ingest/server.ts';

const silent = (): void => {};
const ingest = await startIngest({
  bind: '127.0.0.1',
  port: 0,
  log: { info: silent, warn: silent, error: silent },
  decide: async () => ({ accept: false, code: 'none', sentence: 'Nobody is accepted here.' }),
});
process.stdout.write(`${JSON.stringify({ pid: ingest.pid, port: ingest.port })}\n`);
