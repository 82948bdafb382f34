import type { JoinToken } from '#shared/api/shapes.ts';
import { durationText } from '../page/duration.ts';
import type { RevocableWords } from './revocable-row.ts';

const states: Readonly<Record<JoinToken['state'], string>> = {
  good: 'Good',
  used_up: 'Used up',
  expired: 'Expired',
  revoked: 'Revoked',
};

/** @param nowMs the server's clock */
export function joinWords(token: JoinToken, nowMs: number): RevocableWords {
  const { state, origin, uses, usesMax, label, createdBy, expiresMs, lastUsedMs } = token;
  const left = expiresMs - nowMs;
  return {
    name: label || 'Without a name',
    scope: `${origin === null ? 'Any new origin' : `${origin} alone`} · made by ${createdBy}`,
    state: states[state] ?? state,
    ends: left > 0 ? `in ${durationText(left)}` : `${durationText(-left)} ago`,
    uses: `${uses} of ${usesMax}${lastUsedMs === null ? '' : `, last ${durationText(nowMs - lastUsedMs)} ago`}`,
    isOpen: state === 'good',
  };
}
