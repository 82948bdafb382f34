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
  interface Playlist {
    readonly segments: readonly { readonly resolvedUri: string }[];
  }
  export function parse(
    text: string,
    options: { readonly manifestUri: string },
  ): {
    readonly playlists: readonly Playlist[];
    readonly mediaGroups: {
      readonly AUDIO: Readonly<Record<string, Readonly<Record<string, { readonly playlists: readonly Playlist[] }>>>>;
    };
  };
}

declare module 's3rver' {
  interface Options {
    readonly address: string;
    readonly port: number;
    readonly silent: boolean;
    readonly directory: string;
    readonly configureBuckets: readonly { readonly name: string; readonly configs: readonly string[] }[];
  }
  interface Context {
    query: Readonly<Record<string, string>>;
    body: unknown;
  }
  export default class S3rver {
    constructor(options: Options);
    /** Where objects are. */
    store: object;
    readonly context: { store: object };
    /** What a request goes through, in order. */
    readonly middleware: ((ctx: Context, next: () => Promise<void>) => Promise<void>)[];
    run(): Promise<{ readonly port: number }>;
    close(): Promise<void>;
  }
}

declare module 's3rver/lib/models/object.js' {
  export default class S3Object {
    constructor(bucket: string, key: string, content: unknown, metadata: Readonly<Record<string, string>>);
    readonly bucket: string;
    readonly key: string;
    content: unknown;
    range?: { readonly start: number; readonly end: number };
    readonly metadata: Readonly<Record<string, string>>;
  }
}

declare module 's3rver/lib/models/account.js' {
  export const DUMMY_ACCOUNT: {
    createKeyPair(accessKeyId: string, secretAccessKey: string): void;
    revokeAccessKey(accessKeyId: string): void;
  };
}
