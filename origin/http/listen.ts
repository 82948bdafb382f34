import type { Server } from 'node:http';

/** The HTTP port could not be opened: a stable code, and a way out in the message. All are the operator's to change. */
export class HttpListenError extends Error {
  readonly code: 'port_in_use' | 'port_forbidden' | 'address_unavailable';
  constructor(code: HttpListenError['code'], message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'HttpListenError';
    this.code = code;
  }
}

/** Throws HttpListenError, and what else the system says as it is. */
export async function listen(server: Server, port: number, bind: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, bind, resolve);
    });
  } catch (cause) {
    throw inWords(cause as NodeJS.ErrnoException, port, bind);
  }
}

function inWords(cause: NodeJS.ErrnoException, port: number, bind: string): Error {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new HttpListenError(
        'port_in_use',
        `HTTP port ${port} on ${bind} is in use. Stop the other program or set HEADWATER_HTTP_PORT to another port.`,
        cause,
      );
    case 'EACCES':
      return new HttpListenError(
        'port_forbidden',
        `HTTP port ${port} may not be used by this user. Set HEADWATER_HTTP_PORT to one above 1023.`,
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new HttpListenError(
        'address_unavailable',
        `This machine has no address ${bind}. Set HEADWATER_HTTP_BIND to one that it has.`,
        cause,
      );
    default:
      return cause;
  }
}
