import type { IncomingMessage } from 'node:http';
import type { FakeStream } from './fake-stream.ts';
import type { Reply } from './reply.ts';

/** What manifests name beside playlists and media: steering, a title, a list of assets. */
export function answerExtra(
  reply: Reply,
  stream: FakeStream,
  file: string | undefined,
  request: IncomingMessage,
): boolean {
  if (file === 'steering.json' && !stream.has('rule-43 missing')) {
    reply.json(steering(stream, request.headers.cookie ?? ''), steeringLifetime(stream));
    return true;
  }
  const isListed = file === 'title.json' || file === 'assets.json';
  if (!isListed || (file === 'title.json' && stream.has('rule-33'))) return false;
  reply.json({}, 'max-age=60');
  return true;
}

/** Each viewer is told to come back under a name of his own. */
function steering(stream: FakeStream, viewer: string): object {
  const clone = { 'BASE-ID': 'a', ID: 'b', 'URI-REPLACEMENT': { HOST: 'b.invalid' } };
  const broken = stream.has('rule-43 clone') ? { 'BASE-ID': 'a', ID: 'b' } : clone;
  return {
    VERSION: stream.has('rule-43') ? 2 : 1,
    ...(stream.has('rule-43 ttl') ? {} : { TTL: 30 }),
    'RELOAD-URI': stream.has('rule-43 reload') ? 'gone.json' : `steering.json?session=${encodeURIComponent(viewer)}`,
    'PATHWAY-PRIORITY': stream.has('rule-43 stranger') ? ['c'] : ['a', 'b'],
    'PATHWAY-CLONES': [broken],
  };
}

function steeringLifetime(stream: FakeStream): string {
  return stream.has('rule-43 shared') ? 'max-age=10' : 'private, no-store';
}
