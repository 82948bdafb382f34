import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { channelFd } from './channel.ts';
import { controlFrame, type Frame, FrameReader, frameContent, frameTypes, type StartContent } from './frame.ts';
import { IngestError, listenError } from './ingest-error.ts';
import type { ListeningPorts } from './listener.ts';

const entry = fileURLToPath(new URL('./process.ts', import.meta.url));
const errorOutputCharsMax = 4_096;

/** One run of the ingest process. */
export interface IngestChild {
  readonly pid: number;
  readonly ports: ListeningPorts;
  send(type: number, session: number, content: object): void;
  /** Asks it to end, then makes it. */
  stop(): Promise<void>;
}

export interface ChildHooks {
  /** Every frame but those of the start. */
  readonly frame: (frame: Frame) => void;
  /** The process is gone, whatever the reason; once, and only after `startChild` resolved. */
  readonly exit: (errorOutput: string) => void;
}

/** Starts the ingest process and resolves when it listens. Rejects with an IngestError. */
export async function startChild(content: StartContent, hooks: ChildHooks): Promise<IngestChild> {
  // Nothing from our environment, and no argument: what it must know comes over the channel.
  const stdio = ['ignore', 'ignore', 'pipe', 'pipe'] as const;
  const child = spawn(process.execPath, [entry], { stdio: [...stdio], env: {}, cwd: tmpdir() });
  const run = new ChildRun(child, content, hooks);
  const ports = await run.started();
  return {
    pid: child.pid ?? 0,
    ports,
    send: (type, session, message) => run.send(type, session, message),
    stop: () => run.stop(),
  };
}

class ChildRun {
  readonly #child: ChildProcess;
  readonly #content: StartContent;
  readonly #hooks: ChildHooks;
  readonly #channel: Duplex;
  readonly #exited: Promise<void>;
  #errorOutput = '';
  #live = false;

  constructor(child: ChildProcess, content: StartContent, hooks: ChildHooks) {
    this.#child = child;
    this.#content = content;
    this.#hooks = hooks;
    this.#channel = child.stdio[channelFd] as Duplex;
    // A write to a process that just died; its exit is what counts.
    this.#channel.on('error', () => {});
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errorOutput = (this.#errorOutput + text).slice(-errorOutputCharsMax);
    });
    // 'close' and not 'exit': what the process sent before its death is read first.
    this.#exited = new Promise((resolve) => {
      child.once('close', () => resolve());
      child.once('error', () => resolve());
    });
  }

  started(): Promise<ListeningPorts> {
    const { bind, tls, limits } = this.#content;
    return new Promise((resolve, reject) => {
      const fail = (error: IngestError): void => {
        clearTimeout(timer);
        this.#child.kill('SIGKILL');
        reject(error);
      };
      const late = `The ingest process did not start in ${limits.startMsMax} ms.`;
      const timer = setTimeout(() => fail(new IngestError('ingest_failed', late)), limits.startMsMax);
      this.#read((frame) => {
        if (frame.type === frameTypes.listening) {
          clearTimeout(timer);
          this.#live = true;
          resolve(frameContent(frame) as ListeningPorts);
        } else if (frame.type === frameTypes.listenFailed) {
          const { code, port } = frameContent(frame) as { readonly code: string; readonly port: number };
          const use = port !== this.#content.port && port === tls?.port ? 'RTMPS' : 'RTMP';
          fail(listenError({ systemCode: code, use, bind, port }));
        } else {
          this.#hooks.frame(frame);
        }
      });
      void this.#exited.then(() => {
        fail(new IngestError('ingest_failed', `The ingest process ended as it started. ${this.#errorOutput}`.trim()));
        if (this.#live) this.#hooks.exit(this.#errorOutput);
      });
      this.send(frameTypes.start, 0, this.#content);
    });
  }

  send(type: number, session: number, content: object): void {
    if (this.#channel.writable) this.#channel.write(controlFrame(type, session, content));
  }

  async stop(): Promise<void> {
    this.#live = false;
    this.send(frameTypes.stop, 0, {});
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#content.limits.stopMsMax);
    await this.#exited;
    clearTimeout(timer);
  }

  #read(receive: (frame: Frame) => void): void {
    const reader = new FrameReader(2 * this.#content.limits.messageBytesMax);
    this.#channel.on('data', (chunk: Buffer) => {
      try {
        for (const frame of reader.push(chunk)) receive(frame);
      } catch (error) {
        this.#errorOutput += `The channel cannot be read: ${error}`;
        this.#child.kill('SIGKILL');
      }
    });
  }
}
