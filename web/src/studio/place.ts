import { isChannelName } from '#shared/model/id.ts';

/** The studio's sections, in the order of its navigation. */
export const sectionNames = [
  'live',
  'health',
  'replays',
  'clips',
  'links',
  'keys',
  'webhooks',
  'settings',
  'origins',
] as const;
export type SectionName = (typeof sectionNames)[number];

/** A section that is about the whole deployment: the administrator's alone, and of no channel. */
export function isOfDeployment(section: SectionName): boolean {
  return section === 'origins';
}

/** Where in the studio somebody is. */
export interface Place {
  readonly section: SectionName;
  /** Null: none is named. */
  readonly channel: string | null;
}

/** Reads `#/links/news`; what it does not know is Go live, and no channel. */
export function parsePlace(hash: string): Place {
  const [, first = '', second = ''] = /^#\/([^/]*)(?:\/([^/]*))?$/.exec(hash) ?? [];
  const section = sectionNames.find((name) => name === first) ?? 'live';
  return { section, channel: isChannelName(second) ? second : null };
}

/** The inverse of {@link parsePlace}. */
export function formatPlace({ section, channel }: Place): string {
  return channel === null ? `#/${section}` : `#/${section}/${channel}`;
}
