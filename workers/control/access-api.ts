import { createToken, listTokens, revokeToken } from './api-tokens.ts';
import { listAudit } from './audit.ts';
import type { Calls } from './calls.ts';
import { getChannel } from './channels.ts';
import { createTokenCall, getMeCall, listTokensCall, revokeTokenCall } from './contract/api-tokens.ts';
import { listAuditCall } from './contract/audit.ts';
import { createLinkCall, getLinkCall, listLinksCall, revokeLinkCall } from './contract/links.ts';
import { createRevocationCall, deleteRevocationCall, listRevocationsCall } from './contract/revocations.ts';
import {
  createSigningKeyCall,
  getSigningKeyCall,
  killSigningKeyCall,
  listSigningKeysCall,
  rotateSigningKeyCall,
} from './contract/signing-keys.ts';
import { importKeySet, importPublicKey } from './key-import.ts';
import { createLink, getLink, listLinks, revokeLink } from './links.ts';
import { createRevocation, deleteRevocation, listRevocations } from './revocations.ts';
import { createSigningKey, getSigningKey, killSigningKey, listSigningKeys, rotateSigningKey } from './signing-keys.ts';

/** Who may watch, and who may call. */
export function mountAccess(calls: Calls): void {
  mountSigningKeys(calls);
  mountLinks(calls);
  calls.mount(createRevocationCall, async ({ env, body, nowMs }) => createRevocation(env, body, nowMs));
  calls.mount(listRevocationsCall, async ({ env, query }) => listRevocations(env, query.kind ?? null, query));
  calls.mount(deleteRevocationCall, async ({ c, env, params }) => {
    await deleteRevocation(env, params.id);
    return c.body(null, 204);
  });
  mountTokens(calls);
}

function mountSigningKeys(calls: Calls): void {
  calls.mount(createSigningKeyCall, async ({ env, body, nowMs }) => {
    const { algorithm, jwk, jwksUrl, ...owner } = body;
    if (owner.channel !== null) await getChannel(env.DB, owner.channel, nowMs);
    if (jwk) return importPublicKey(env, jwk, owner, nowMs);
    if (jwksUrl) return importKeySet(env, jwksUrl, owner, nowMs);
    return createSigningKey(env, { ...owner, algorithm: algorithm ?? 'HS256' }, nowMs);
  });
  calls.mount(listSigningKeysCall, async ({ env, query, nowMs }) =>
    listSigningKeys(env.DB, query.channel ?? null, query, nowMs),
  );
  calls.mount(getSigningKeyCall, async ({ env, params, nowMs }) => getSigningKey(env.DB, params.id, nowMs));
  calls.mount(killSigningKeyCall, async ({ c, env, params, nowMs }) => {
    await killSigningKey(env, params.id, nowMs);
    return c.body(null, 204);
  });
  calls.mount(rotateSigningKeyCall, async ({ env, params, body, nowMs }) =>
    rotateSigningKey(env, params.id, body.overlapMs, nowMs),
  );
}

function mountLinks(calls: Calls): void {
  calls.mount(createLinkCall, async ({ c, env, principal, body, nowMs }) => {
    const link = await createLink(env, body, principal.id, nowMs);
    c.header('location', `/api/v1/links/${link.id}`);
    return link;
  });
  calls.mount(listLinksCall, async ({ env, query, nowMs }) => listLinks(env.DB, query.channel ?? null, query, nowMs));
  calls.mount(getLinkCall, async ({ env, params, nowMs }) => getLink(env.DB, params.id, nowMs));
  calls.mount(revokeLinkCall, async ({ c, env, params, nowMs }) => {
    await revokeLink(env, params.id, nowMs);
    return c.body(null, 204);
  });
}

function mountTokens(calls: Calls): void {
  calls.mount(createTokenCall, async ({ env, principal, body, nowMs }) =>
    createToken(env.DB, body, principal.id, nowMs),
  );
  calls.mount(listTokensCall, async ({ env, query }) => listTokens(env.DB, query));
  calls.mount(revokeTokenCall, async ({ c, env, params, nowMs }) => {
    await revokeToken(env.DB, params.id, nowMs);
    return c.body(null, 204);
  });
  calls.mount(listAuditCall, async ({ env, query }) => {
    const { channel = null, actor = null } = query;
    return listAudit(env.DB, { channel, actor }, query);
  });
  calls.mount(getMeCall, async ({ principal }) => principal);
}
