import type { Link } from '#shared/api/shapes.ts';
import { durationText } from '../page/duration.ts';
import type { RevocableWords } from './revocable-row.ts';
import { hostsOf } from './site-list.ts';

export const linkPresets = ['1h', '24h', 'until-end'] as const;
type LinkPreset = (typeof linkPresets)[number];

/** What the form of a new link says. */
export interface LinkForm {
  readonly preset: string;
  /** Id or address of a replay or a clip; empty: the channel. */
  readonly opens: string;
  /** As typed; empty: any number. */
  readonly uses: string;
  /** Hosts with spaces or commas between them; empty: everywhere. */
  readonly sites: string;
  readonly label: string;
}

/** Body of `POST /links`. */
export interface LinkWish {
  readonly channel: string;
  readonly preset: LinkPreset;
  readonly broadcast?: string;
  readonly clip?: string;
  readonly uses?: number;
  readonly sites?: readonly string[];
  readonly label: string;
}

/** The wish that a form stands for; ranges and hosts are judged by the API. */
export function linkWish(channel: string, { preset, opens, uses, sites, label }: LinkForm): LinkWish {
  const hosts = hostsOf(sites);
  return {
    channel,
    preset: linkPresets.find((known) => known === preset) ?? '24h',
    ...resourceOf(opens.trim()),
    ...(uses.trim() !== '' && { uses: Number(uses) }),
    ...(hosts.length > 0 && { sites: hosts }),
    label: label.trim(),
  };
}

function resourceOf(text: string): Pick<LinkWish, 'broadcast' | 'clip'> {
  if (text === '') return {};
  const [, id = text] = /(?:^|\/)((?:b|cl)_[0-9a-z]+)(?:[/?#]|$)/.exec(text) ?? [];
  return id.startsWith('cl_') ? { clip: id } : { broadcast: id };
}

const states: Readonly<Record<Link['state'], string>> = {
  active: 'Good',
  expired: 'Expired',
  used_up: 'Used up',
  ended: 'Broadcast over',
  revoked: 'Revoked',
};

/** @param nowMs the server's clock */
export function linkWords(link: Link, nowMs: number): RevocableWords {
  const { state, expiresMs, usesMax, uses, lastUseMs, settings, label, broadcast, clip, createdBy } = link;
  const opens = clip !== null ? 'A clip' : broadcast !== null ? 'One broadcast' : 'The channel';
  const last = lastUseMs === null ? '' : `, last ${durationText(nowMs - lastUseMs)} ago`;
  const left = expiresMs - nowMs;
  return {
    name: label || 'Without a name',
    scope: `${settings.sites ? `${opens}, on ${settings.sites.join(', ')}` : opens} · made by ${createdBy}`,
    state: states[state] ?? state,
    ends: left > 0 ? `in ${durationText(left)}` : `${durationText(-left)} ago`,
    uses: `${uses}${usesMax === null ? '' : ` of ${usesMax}`}${last}`,
    isOpen: state === 'active',
  };
}
