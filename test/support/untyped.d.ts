declare module 'm3u8-parser' {
  /** Reads a playlist line by line; `manifest` is what it understood. */
  export class Parser {
    push(text: string): void;
    end(): void;
    readonly manifest: {
      readonly targetDuration?: number;
      readonly mediaSequence?: number;
      readonly segments?: readonly { readonly uri: string; readonly duration: number }[];
      readonly playlists?: readonly { readonly uri: string }[];
    };
  }
}

declare module 'mpd-parser' {
  export function parse(
    text: string,
    options: { readonly manifestUri: string },
  ): { readonly playlists: readonly { readonly segments: readonly { readonly resolvedUri: string }[] }[] };
}
