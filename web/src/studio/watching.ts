import { pageLimits } from '#shared/limits/page.ts';
import { byId } from '../page/element.ts';
import { repeat } from '../page/repeat.ts';
import { spread } from '../page/wait.ts';
import type { Answer, Api } from './api.ts';
import type { Facts } from './studio.ts';

/** Follows the chosen channel. */
export interface Watching {
  facts(): Facts | null;
  /** The server's clock, ms since the Unix epoch. */
  nowMs(): number;
  look(): void;
}

/** Asks about the channel again and again; tells each answer, and the passing of time in between. */
export function startWatching(api: Api, channel: () => string | null, onFacts: (facts: Facts) => void): Watching {
  let known: Omit<Facts, 'nowMs'> | null = null;
  let skewMs = 0;
  const nowMs = () => Date.now() + skewMs;
  const facts = () => known && known.channel.id === channel() && { ...known, nowMs: nowMs() };
  const say = () => {
    const now = facts();
    if (now) onFacts(now);
  };
  const looking = repeat(
    async () => {
      const wanted = channel();
      if (wanted === null) return;
      const answer = await lookAt(api, wanted);
      byId('unreachable', HTMLElement).hidden = answer.ok || (answer.status !== 0 && answer.status < 500);
      if (!answer.ok || wanted !== channel()) return;
      known = answer.body;
      say();
    },
    () => spread(document.hidden ? pageLimits.viewPollSlowMs : pageLimits.viewPollMs, Math.random()),
  );
  void readSkewMs().then((skew) => {
    skewMs = skew;
  });
  setInterval(say, 500);
  return { facts: () => facts() || null, nowMs, look: looking.now };
}

async function lookAt(api: Api, id: string): Promise<Answer<Omit<Facts, 'nowMs'>>> {
  const channel = await api.get(`/channels/${id}`);
  if (!channel.ok) return channel;
  if (channel.body.broadcast === null) return { ok: true, body: { channel: channel.body, broadcast: null } };
  const broadcast = await api.get(`/broadcasts/${channel.body.broadcast}`);
  if (!broadcast.ok && broadcast.status !== 404) return broadcast;
  return { ok: true, body: { channel: channel.body, broadcast: broadcast.ok ? broadcast.body : null } };
}

/** The server's clock minus ours, ms; 0 when it does not tell. */
async function readSkewMs(): Promise<number> {
  try {
    const askedMs = Date.now();
    const response = await fetch('/time', { signal: AbortSignal.timeout(pageLimits.viewRequestMsMax) });
    const serverMs = Date.parse(await response.text());
    return Number.isFinite(serverMs) ? serverMs - (askedMs + Date.now()) / 2 : 0;
  } catch {
    return 0;
  }
}
