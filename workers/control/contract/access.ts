/** Who people are to the API. An administrator may do everything, an owner everything with one channel, a viewer reads. */
export const roles = ['admin', 'owner', 'viewer'] as const;
export type Role = (typeof roles)[number];

/** Where a call says which channel it is about; `deployment`: about none, so it takes a token that is bound to none. */
export const scopes = [
  'channel',
  'body',
  'list',
  'broadcast',
  'clip',
  'import',
  'link',
  'webhook',
  'signing-key',
  'deployment',
] as const;
export type Scope = (typeof scopes)[number];

/**
 * Who may make a call. `anyone`: no token is asked for; else the least role, and with what its channel is compared:
 * the `id` of the path as a channel (`channel`) or as the name of something that belongs to one, the body, or the filter of
 * a list, which is set where it is not given.
 */
export type Access = { readonly role: 'anyone' | 'admin' } | { readonly role: 'owner' | 'viewer'; readonly of: Scope };

export const anyone: Access = Object.freeze({ role: 'anyone' });
export const admin: Access = Object.freeze({ role: 'admin' });

/** Changes what belongs to a channel. */
export function owner(of: Scope): Access {
  return { role: 'owner', of };
}

/** Reads what belongs to a channel. */
export function viewer(of: Scope): Access {
  return { role: 'viewer', of };
}
