import type { Visibility } from '#shared/model/broadcast.ts';

/** Whether a viewer may have what a URL names. */
type Access = { readonly isOpen: true } | AccessRefused;

interface AccessRefused {
  readonly isOpen: false;
  readonly code: 'unauthorized' | 'forbidden';
  readonly detail: string;
}

const open: Access = Object.freeze({ isOpen: true });
const unknownToken: Access = Object.freeze({
  isOpen: false,
  code: 'unauthorized',
  detail: 'The token in this path is not known here.',
});
const signedOnly: Access = Object.freeze({
  isOpen: false,
  code: 'forbidden',
  detail: 'This channel is not open to everybody.',
});

/**
 * The one place where a viewer is let in or not.
 * @param visibility the channel's, or null where a URL does not name a channel
 * @param token what stood in front of the path, if anything did: no token is issued yet, so none is right
 */
export function decideAccess(visibility: Visibility | null, token: string | null): Access {
  if (token !== null) return unknownToken;
  return visibility === 'signed' ? signedOnly : open;
}
