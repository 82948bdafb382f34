import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Many connections that stay open, and nothing but: a client that parses would be slower than what is measured. */
export class Connections {
  readonly #url: URL;
  readonly #sockets: Socket[] = [];

  constructor(url: string) {
    this.#url = new URL(url);
  }

  async open(count: number): Promise<void> {
    const { hostname, port } = this.#url;
    for (let i = 0; i < count; i++) {
      const socket = connect(Number(port), hostname);
      socket.setNoDelay(true);
      await once(socket, 'connect');
      this.#sockets.push(socket);
    }
  }

  /** Sends one request on each; each promise settles with the time of its last byte, by performance.now(). */
  ask(file: string): Promise<number>[] {
    const { pathname, host } = this.#url;
    const text = `GET ${pathname}${file} HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
    return this.#sockets.map((socket) => exchange(socket, text));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function exchange(socket: Socket, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let head = '';
    let leftBytes = -1;
    const onData = (bytes: Buffer) => {
      if (leftBytes >= 0) leftBytes -= bytes.length;
      else {
        head += bytes.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
        if (!head.startsWith('HTTP/1.1 200') || length === undefined) return finish(new Error(head.slice(0, 200)));
        leftBytes = Number(length) - (head.length - end - 4);
      }
      if (leftBytes <= 0) finish(null);
    };
    const onClose = () => finish(new Error('the connection was closed'));
    const finish = (error: Error | null) => {
      socket.off('data', onData).off('close', onClose);
      if (error) reject(error);
      else resolve(performance.now());
    };
    socket.on('data', onData).on('close', onClose);
    socket.write(text);
  });
}
