/** What stands over the picture: words, and something to press where a person can do something. */
export interface Screen {
  /** Id of a symbol in the page, without its `icon-`. */
  readonly icon: string;
  readonly headline: string;
  readonly sentence: string;
  readonly action: ScreenAction | null;
}

export type ScreenAction =
  | { readonly kind: 'retry'; readonly label: string }
  | { readonly kind: 'link'; readonly label: string; readonly href: string };

/** Everything that the stage shows of a state. */
export interface Scene {
  readonly state: string;
  /** Null while the picture itself is the page. */
  readonly screen: Screen | null;
  /** What a screen reader is told when the state changes; null for states that pass by. */
  readonly announcement: string | null;
  /** The line below the sentence that changes by the second. */
  readonly countdown: string | null;
}
