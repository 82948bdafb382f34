import type { PublishRefusalCode } from '#shared/wire/control.ts';

/** What the streamer reads when a publisher is refused; docs/protocol/errors.md lists each code. */
export const refusalSentences: Readonly<Record<PublishRefusalCode, string>> = {
  unknown_key: 'The stream key is not known. Copy it again from your channel.',
  too_many_wrong_keys: 'Too many wrong stream keys came from there. Wait a minute, then copy the key again.',
  channel_disabled: 'This channel is disabled. Enable it to publish again.',
  broadcast_elsewhere: 'This channel is already live from another ingest server. Stop that one first.',
  origin_draining: 'This ingest server is being serviced. Use another one.',
  over_capacity: 'This ingest server is full. Use another one or try again later.',
};
