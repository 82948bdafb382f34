/**
 * Entry of the ingest process. Hostile bytes meet a parser here and nowhere else; it holds no secret but the key of the
 * certificate of RTMPS, opens no file and talks to the main process alone. Its life is the main process's: it ends when the channel closes.
 */
import { Channel } from './channel.ts';
import { type Certificate, type Frame, frameContent, frameTypes, type StartContent } from './frame.ts';
import { resolveIngestLimits } from './ingest-limits.ts';
import { Listener } from './listener.ts';
import type { SessionOutlet } from './session.ts';

const channel = new Channel(resolveIngestLimits().commandBytesMax, receive, () => process.exit(0));
let listener: Listener | null = null;

// Ctrl-C reaches the whole process group; the main process says when to stop.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('uncaughtException', (error) => {
  setTimeout(() => process.exit(1), 200);
  channel.log('error', { stack: String(error.stack) }, 'ingest process failed', () => process.exit(1));
});

function receive(frame: Frame): void {
  if (frame.type === frameTypes.start) void start(frameContent(frame) as StartContent);
  else if (frame.type === frameTypes.accept) listener?.session(frame.session)?.accept();
  else if (frame.type === frameTypes.close) {
    const { sentence } = frameContent(frame) as { sentence: string };
    listener?.session(frame.session)?.close(sentence);
  } else if (frame.type === frameTypes.certificate) {
    listener?.use(frameContent(frame) as Certificate);
  } else if (frame.type === frameTypes.stop) {
    listener?.close();
    process.exit(0);
  }
}

async function start(options: StartContent): Promise<void> {
  try {
    listener = new Listener({ ...options, outlet });
    channel.control(frameTypes.listening, 0, await listener.listen());
  } catch (error) {
    const { code, message, port } = error as NodeJS.ErrnoException & { readonly port?: number };
    channel.control(frameTypes.listenFailed, 0, { code: code ?? '', message, port: port ?? options.port });
  }
}

function outlet(session: number): SessionOutlet {
  return {
    publish: (request) => channel.control(frameTypes.publish, session, request),
    tag: (tag) => channel.tag(session, tag),
    ended: (reason) => channel.control(frameTypes.ended, session, { reason }),
    dropped: (code, ip) => channel.log('warn', { code, ip }, 'ingest connection dropped'),
  };
}
