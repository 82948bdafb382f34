import type { BroadcastWithReport, Channel } from '#shared/api/shapes.ts';
import type { Api } from './api.ts';

/** What is known of the chosen channel now. */
export interface Facts {
  readonly channel: Channel;
  /** Open or last. */
  readonly broadcast: BroadcastWithReport | null;
  /** The server's clock, ms since the Unix epoch. */
  readonly nowMs: number;
}

/** What every section of the studio works with. */
export interface Studio {
  readonly api: Api;
  /** Id of the chosen channel. */
  channel(): string;
  /** Null before the first answer about this channel. */
  facts(): Facts | null;
  /** The server's clock, ms since the Unix epoch. */
  nowMs(): number;
  /** Asks about the channel now instead of at the next turn. */
  look(): void;
  /** Shows a sentence for a while and says it to screen readers. */
  tell(sentence: string, tone?: 'good' | 'bad'): void;
}

/** One section of the page. */
export interface Section {
  /** It was opened, or another channel was chosen. */
  open(): void;
  /** Its lists may have changed: called now and then while it is open. */
  reload?(): void;
  /** Something new is known of the channel; called about twice a second too, for clocks. */
  update?(facts: Facts): void;
}
