import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { listen } from '../../origin/http/listen.ts';

function newServer(): Server {
  const server = createServer();
  onTestFinished(() => void server.close());
  return server;
}

it('a port that is taken is said in words with the setting, and the server listens once it has another', async () => {
  const first = newServer();
  await listen(first, 0, '127.0.0.1');
  const { port } = first.address() as AddressInfo;
  const second = newServer();
  await expect(listen(second, port, '127.0.0.1')).rejects.toMatchObject({
    code: 'port_in_use',
    message: `HTTP port ${port} on 127.0.0.1 is in use. Stop the other program or set HEADWATER_HTTP_PORT to another port.`,
  });
  await listen(second, 0, '127.0.0.1');
  expect(second.listening).toBe(true);
});

it('so is an address that the machine does not have', async () => {
  // TEST-NET-1 (RFC 5737): no machine has it.
  await expect(listen(newServer(), 0, '192.0.2.1')).rejects.toMatchObject({
    code: 'address_unavailable',
    message: expect.stringContaining('HEADWATER_HTTP_BIND'),
  });
});
