import { type Address, type AddressOptions, findAddress } from './address.ts';
import { Api } from './api.ts';
import { type Paint, painter } from './output/paint.ts';
import { type Shell, wantsColour } from './shell.ts';

/** Options that every command has. */
export interface GlobalOptions extends AddressOptions {
  readonly json?: boolean;
}

/** What a command works with. */
export interface Desk {
  readonly shell: Shell;
  readonly json: boolean;
  readonly paint: Paint;
  readonly nowMs: number;
  /** Looked for when first asked; throws where none is known. */
  readonly address: () => Address;
  readonly api: () => Api;
  /** The same desk, which talks to `url` where neither an option nor HEADWATER_URL names an address. */
  readonly orAt: (url: string, isFromFile: boolean) => Desk;
  /** The result: one JSON document with `--json`, else what `text` makes of it. */
  readonly answer: (result: object, text: () => string) => void;
}

/** The desk of one run of a command. */
export function openDesk(shell: Shell, options: GlobalOptions): Desk {
  const json = options.json ?? false;
  let address: Address | null = null;
  let api: Api | null = null;
  const findOnce = () => {
    address ??= findAddress(shell, options);
    return address;
  };
  return {
    shell,
    json,
    paint: painter(wantsColour(shell)),
    nowMs: Date.now(),
    address: findOnce,
    api: () => {
      api ??= new Api(findOnce());
      return api;
    },
    orAt: (found, isFromFile) => {
      const url = options.url ?? shell.env.HEADWATER_URL ?? found;
      return openDesk(shell, isFromFile ? { ...options, found } : { ...options, url });
    },
    answer: (result, text) => shell.out(json ? `${JSON.stringify(result, null, 2)}\n` : text()),
  };
}
