/** What a page of ours plays: a channel, a replay (by its broadcast) or a clip. */
export interface PlayedPage {
  readonly kind: 'channel' | 'replay' | 'clip';
  readonly id: string;
}

/** Where people watch it. */
export function watchPath({ kind, id }: PlayedPage): string {
  return kind === 'channel' ? `/watch/${id}` : `/${kind}/${id}`;
}

/** The player alone, for frames of other sites. */
export function embedPath({ kind, id }: PlayedPage): string {
  return kind === 'channel' ? `/embed/${id}` : `/embed/${kind}/${id}`;
}
