/** What webhooks tell; the words of docs/protocol/webhooks.md. */
export const eventTypes = [
  'channel.live',
  'channel.interrupted',
  'channel.resumed',
  'channel.ended',
  'replay.ready',
  'replay.failed',
  'clip.ready',
  'finding.opened',
  'finding.closed',
  'key.refused',
  'webhook.test',
] as const;
export type EventType = (typeof eventTypes)[number];
