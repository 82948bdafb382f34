import type { Screen } from './screen.ts';

/** Why a viewer who has a token is shown nothing. */
export const accessRefusals = [
  'private',
  'expired',
  'revoked',
  'used-up',
  'too-many-screens',
  'elsewhere',
  'wrong-site',
] as const;
export type AccessRefusal = (typeof accessRefusals)[number];

const byCode: Readonly<Record<string, AccessRefusal>> = Object.freeze({
  token_expired: 'expired',
  token_revoked: 'revoked',
  link_used_up: 'used-up',
  too_many_streams: 'too-many-screens',
  country_refused: 'elsewhere',
  network_refused: 'elsewhere',
  site_refused: 'wrong-site',
});

/** What an answer of the gate is to a viewer: any other 401 or 403 is `private`. Null: it is none of these. */
export function refusalOfAccess({
  status,
  code,
}: {
  readonly status: number;
  readonly code: string;
}): AccessRefusal | null {
  return byCode[code] ?? (status === 401 || status === 403 ? 'private' : null);
}

/** Whether asking again changes nothing for as long as the page is open: a link does not get younger. */
export function isFinalRefusal(state: string): boolean {
  return state === 'expired' || state === 'used-up';
}

const retry = { kind: 'retry', label: 'Try again now' } as const;
const home = { kind: 'link', label: 'See what is live', href: '/' } as const;

/** The words for each, but for `private`, which every page says in its own. */
export const accessScreens: Readonly<Record<Exclude<AccessRefusal, 'private'>, Screen>> = {
  expired: {
    icon: 'expired',
    headline: 'Your link has ended',
    sentence: 'It was good for a limited time. Ask whoever gave it to you for a new one.',
    action: home,
  },
  revoked: {
    icon: 'private',
    headline: 'You can no longer watch this',
    sentence: 'Your access was taken back. If you think that is a mistake, ask whoever gave you the link.',
    action: home,
  },
  'used-up': {
    icon: 'expired',
    headline: 'This link has been used',
    sentence: 'It could be opened a limited number of times. Ask whoever gave it to you for a new one.',
    action: home,
  },
  'too-many-screens': {
    icon: 'screens',
    headline: 'Too many screens',
    sentence: 'As many screens play with your access as may. Stop one of them, then try again here.',
    action: retry,
  },
  elsewhere: {
    icon: 'elsewhere',
    headline: 'Not available where you are',
    sentence: 'This may not be shown in your country or on your network.',
    action: home,
  },
  'wrong-site': {
    icon: 'elsewhere',
    headline: 'Not available on this site',
    sentence: 'This may be shown on other sites only. Please go to the site of the streamer.',
    action: home,
  },
};
