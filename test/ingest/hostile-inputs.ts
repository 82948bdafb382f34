import { type Amf0Input, amf0 } from '../support/amf0-writer.ts';
import { RtmpClient, rtmpMessage } from '../support/rtmp-client.ts';
import { goodKey } from './ingest-harness.ts';

/** Something that a hostile client sends, and the code that it is dropped for; null when it is simply ignored. */
export interface HostileInput {
  readonly name: string;
  readonly dropped: string | null;
  readonly send: (port: number) => Promise<RtmpClient>;
}

const tcUrl = 'rtmp://127.0.0.1/live';

/** A client that has shaken hands and then does this. */
function afterHandshake(act: (client: RtmpClient) => void): HostileInput['send'] {
  return async (port) => {
    const client = await RtmpClient.open(port);
    await client.handshake();
    act(client);
    return client;
  };
}

function afterConnect(act: (client: RtmpClient) => void): HostileInput['send'] {
  return async (port) => {
    const client = await RtmpClient.ready(port);
    act(client);
    return client;
  };
}

function whilePublishing(act: (client: RtmpClient) => void): HostileInput['send'] {
  return async (port) => {
    const client = await RtmpClient.publishing(port, goodKey);
    act(client);
    return client;
  };
}

function raw(bytes: Buffer): HostileInput['send'] {
  return async (port) => {
    const client = await RtmpClient.open(port);
    client.write(bytes);
    return client;
  };
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Bytes without a pattern, the same in every run. */
function noise(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  let state = 1;
  for (let i = 0; i < sizeBytes; i++) {
    state = (state * 1_103_515_245 + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

function nested(depth: number): Buffer {
  const level = Buffer.from([0x03, 0x00, 0x01, 0x61]);
  return Buffer.concat([amf0('connect', 1), ...Array.from({ length: depth }, () => level)]);
}

function manyKeys(count: number): Amf0Input {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`key${i}`, i]));
}

/** The first header of a message whose body never comes. */
function header(chunkStream: number, sizeBytes: number, type: number): Buffer {
  const bytes = Buffer.alloc(chunkStream < 64 ? 12 : 13);
  const at = chunkStream < 64 ? 1 : 2;
  if (chunkStream < 64) bytes[0] = chunkStream;
  else bytes[1] = chunkStream - 64;
  bytes.writeUIntBE(sizeBytes, at + 3, 3);
  bytes[at + 6] = type;
  return bytes;
}

function headers(count: number, sizeBytes: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, i) =>
      Buffer.concat([header(i + 8, sizeBytes, rtmpMessage.video), Buffer.alloc(128)]),
    ),
  );
}

export const hostileInputs: readonly HostileInput[] = [
  { name: 'random bytes', dropped: 'not_rtmp', send: raw(noise(4_096)) },
  { name: 'an HTTP request', dropped: 'not_rtmp', send: raw(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')) },
  { name: 'half a handshake', dropped: null, send: raw(Buffer.concat([Buffer.from([3]), Buffer.alloc(700)])) },
  { name: 'random bytes after the handshake', dropped: 'any', send: afterHandshake((c) => c.write(noise(8_192))) },
  {
    name: 'chunk size without a body',
    dropped: 'control_size',
    send: afterHandshake((c) => {
      c.message(rtmpMessage.setChunkSize, Buffer.alloc(0), { chunkStream: 2 });
      // An empty message is noticed with the byte that follows it.
      c.command('connect', 1, { app: 'live', tcUrl });
    }),
  },
  ...[0, 0x7fffffff, 0xffffffff].map((size) => ({
    name: `chunk size ${size}`,
    dropped: 'chunk_size',
    send: afterHandshake((c) => c.message(rtmpMessage.setChunkSize, word(size), { chunkStream: 2 })),
  })),
  {
    name: 'window size of two bytes',
    dropped: 'control_size',
    send: afterHandshake((c) => c.message(rtmpMessage.windowSize, Buffer.alloc(2), { chunkStream: 2 })),
  },
  {
    name: 'tcUrl that is no URL',
    dropped: null,
    send: afterHandshake((c) => c.command('connect', 1, { app: 'live', tcUrl: ':::' })),
  },
  { name: 'tcUrl missing', dropped: null, send: afterHandshake((c) => c.command('connect', 1, { app: 'live' })) },
  {
    name: 'null command object',
    dropped: 'connect_object',
    send: afterHandshake((c) => c.command('connect', 1, null)),
  },
  { name: 'connect with nothing', dropped: 'connect_object', send: afterHandshake((c) => c.command('connect')) },
  {
    name: 'app that is a number',
    dropped: 'connect_object',
    send: afterHandshake((c) => c.command('connect', 1, { app: 7, tcUrl })),
  },
  {
    name: 'app with a path in it',
    dropped: 'app',
    send: afterHandshake((c) => c.command('connect', 1, { app: 'live/../../etc', tcUrl })),
  },
  {
    name: 'connect twice',
    dropped: 'command_order',
    send: afterConnect((c) => c.command('connect', 1, { app: 'live', tcUrl })),
  },
  ...(
    [
      ['a number', 7],
      ['null', null],
      ['false', false],
      ['an object', { a: 1 }],
      ['empty', ''],
      ['too long', 'x'.repeat(300)],
    ] as const
  ).map(([name, value]) => ({
    name: `publish name: ${name}`,
    dropped: 'publish_name',
    send: afterConnect((c: RtmpClient) => c.publish(value)),
  })),
  { name: 'publish before connect', dropped: 'command_order', send: afterHandshake((c) => c.publish(goodKey)) },
  { name: 'publish twice', dropped: 'command_order', send: whilePublishing((c) => c.publish(goodKey)) },
  {
    name: 'keys that try to be paths or commands',
    dropped: null,
    send: afterConnect((c) => c.publish('../../../tmp/x%2e%2e\\\u0000$(touch x)`id`;|&\n-x')),
  },
  {
    name: 'AMF nested 2,000 deep',
    dropped: 'command_out_of_range',
    send: afterHandshake((c) => c.message(rtmpMessage.command, nested(2_000), { chunkStream: 3 })),
  },
  {
    name: 'AMF nested 60,000 deep (240 KB)',
    dropped: 'message_size',
    send: afterHandshake((c) => c.message(rtmpMessage.command, nested(60_000), { chunkStream: 3 })),
  },
  {
    name: 'AMF with too many keys',
    dropped: 'command_out_of_range',
    send: afterHandshake((c) => c.command('connect', 1, manyKeys(2_000))),
  },
  {
    name: 'AMF array of 4 billion items',
    dropped: 'command_truncated',
    send: afterHandshake((c) => c.command('connect', 1, Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff]))),
  },
  {
    name: 'AMF string longer than its message',
    dropped: 'command_truncated',
    send: afterHandshake((c) => c.command(Buffer.from([0x02, 0xff, 0xff, 0x61]))),
  },
  {
    name: 'AMF of an unknown type',
    dropped: 'command_malformed',
    send: afterHandshake((c) => c.command(Buffer.from([0x7f, 1, 2, 3]))),
  },
  {
    name: 'command with __proto__ keys',
    dropped: null,
    send: afterHandshake((c) =>
      c.command('connect', 1, JSON.parse('{"__proto__":{"x":1},"constructor":1,"app":"live"}')),
    ),
  },
  {
    name: 'command name that is a number',
    dropped: 'command_name',
    send: afterHandshake((c) => c.command(1, 2, null)),
  },
  { name: 'unknown commands', dropped: null, send: afterConnect((c) => c.command('_checkbw', 5, null, 'a', 1)) },
  {
    name: 'media headers of 16 MB on 60 chunk streams before publish',
    dropped: 'message_size',
    send: afterHandshake((c) => c.write(headers(60, 0xffffff))),
  },
  {
    name: 'media of 16 MB while publishing',
    dropped: 'message_size',
    send: whilePublishing((c) => c.write(Buffer.concat([header(8, 0xffffff, rtmpMessage.video), Buffer.alloc(1)]))),
  },
  {
    name: 'half messages of 4 MB on many chunk streams',
    dropped: 'connection_bytes',
    send: whilePublishing((c) => c.write(headers(20, 4_000_000))),
  },
  {
    name: 'too many chunk streams',
    dropped: 'chunk_streams',
    send: afterHandshake((c) => c.write(headers(100, 200))),
  },
  {
    name: 'a message that grows in its middle',
    dropped: 'interleaved_header',
    send: whilePublishing((c) => {
      c.write(Buffer.concat([header(8, 300, rtmpMessage.video), Buffer.alloc(128)]));
      c.write(Buffer.concat([header(8, 3_000_000, rtmpMessage.video), Buffer.alloc(128)]));
    }),
  },
  {
    name: 'empty media',
    dropped: null,
    send: whilePublishing((c) => {
      for (const type of [rtmpMessage.audio, rtmpMessage.video, rtmpMessage.data, 15]) c.message(type, Buffer.alloc(0));
    }),
  },
  {
    name: 'garbage as video, audio and metadata',
    dropped: null,
    send: whilePublishing((c) => {
      for (const type of [rtmpMessage.audio, rtmpMessage.video, rtmpMessage.data, 15]) {
        for (const sizeBytes of [1, 2, 3, 5, 1_000]) c.message(type, noise(sizeBytes));
      }
    }),
  },
  {
    name: 'messages of every type',
    dropped: 'any',
    send: afterHandshake((c) => {
      for (let type = 0; type < 256; type++) c.message(type, noise(20));
    }),
  },
  { name: 'playing', dropped: 'play', send: afterConnect((c) => c.command('play', 4, null, goodKey)) },
];
