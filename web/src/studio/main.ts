import { pageLimits } from '#shared/limits/page.ts';
import { announce } from '../page/announce.ts';
import { byId } from '../page/element.ts';
import { startTheme } from '../page/theme.ts';
import { type Api, createApi } from './api.ts';
import { createClips } from './clips-section.ts';
import { type Frame, startFrame } from './frame.ts';
import { createHealth } from './health-section.ts';
import { createKeys } from './keys-section.ts';
import { createLinks } from './links-section.ts';
import { createLive } from './live-section.ts';
import { createOrigins } from './origins-section.ts';
import { createReplays } from './replays-section.ts';
import { leave, storedToken, takeFarewell } from './session.ts';
import { createSettings } from './settings-section.ts';
import { askForToken } from './sign-in.ts';
import { createWebhooks } from './webhooks-section.ts';

startTheme();
const token = storedToken();
if (token === null) {
  askForToken(takeFarewell(), enter);
} else {
  enter(token);
}

function enter(token: string): void {
  const api = createApi(token, () => leave('Your token is not accepted any more. Sign in again.'));
  byId('sign-out', HTMLButtonElement).hidden = false;
  byId('sign-out', HTMLButtonElement).addEventListener('click', () => leave('You are signed out.'));
  byId('sign-in', HTMLElement).hidden = true;
  byId('skip', HTMLAnchorElement).href = '#main';
  byId('studio', HTMLElement).hidden = false;
  announce('You are signed in.');
  const frame = startFrame(api, (studio) => ({
    live: createLive(studio),
    health: createHealth(studio),
    replays: createReplays(studio),
    clips: createClips(studio),
    links: createLinks(studio),
    keys: createKeys(studio),
    webhooks: createWebhooks(studio),
    settings: createSettings(studio),
    origins: createOrigins(studio),
  }));
  void fitToRole(api, frame);
}

/** Leaves out what the token's role may not do; the API refuses it in any case. */
async function fitToRole(api: Api, frame: Frame): Promise<void> {
  const answer = await api.get('/me');
  if (!answer.ok) {
    if (answer.status === 0 || answer.status >= 500) setTimeout(fitToRole, pageLimits.viewPollSlowMs, api, frame);
    return;
  }
  const { role } = answer.body;
  document.documentElement.dataset.role = role;
  byId('reads-only', HTMLElement).hidden = role !== 'viewer';
  frame.fit(role);
}
