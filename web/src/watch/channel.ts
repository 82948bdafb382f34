import { isChannelName } from '#shared/model/id.ts';

/** The channel in `/watch/<channel>` or `/embed/<channel>`, or null when the path names none. */
export function channelOf(path: string): string | null {
  const match = /^\/(?:watch|embed)\/([^/]+)\/?$/.exec(path);
  const name = match?.[1] ?? '';
  return isChannelName(name) ? name : null;
}
