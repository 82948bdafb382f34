import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importWireKey, nonceBytes, signatureHeader, signRequest } from '#shared/wire/signature.ts';

export interface SigningProxy {
  /** Stands for the origin's own address. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Passes requests on to an origin as a PoP does, signed, and its answers back byte by byte as they come. Only this machine
 * reaches it.
 * @param wireKeys `<kid>:<secret>`, of several the first signs
 */
export async function startSigningProxy(originUrl: string, wireKeys: string): Promise<SigningProxy> {
  const [kid = '', secret = ''] = (wireKeys.split(/[\s,]+/)[0] ?? '').split(':');
  const key = await importWireKey(kid, secret);
  const agent = new Agent({ keepAlive: true });
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = 'GET', url: target = '/' } = incoming;
    const { host: _, ...headers } = incoming.headers;
    const request = { audience: 'origin', method, target, body: null } as const;
    const signature = await signRequest(key, request, Date.now(), crypto.getRandomValues(new Uint8Array(nonceBytes)));
    const signed = { ...headers, [signatureHeader]: signature };
    const upstream = httpRequest(new URL(target, originUrl), { method, agent, headers: signed }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    upstream.end();
  };
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      agent.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
