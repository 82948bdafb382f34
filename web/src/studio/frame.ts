import type { Role } from '#shared/api/shapes.ts';
import { pageLimits, studioLimits } from '#shared/limits/page.ts';
import { byId, make, setText } from '../page/element.ts';
import type { Api } from './api.ts';
import { createChannels } from './channels.ts';
import { icon } from './dom.ts';
import { tell } from './notices.ts';
import { formatPlace, isOfDeployment, type Place, parsePlace, type SectionName, sectionNames } from './place.ts';
import type { Facts, Section, Studio } from './studio.ts';
import { startWatching } from './watching.ts';

const names: Readonly<Record<SectionName, string>> = {
  live: 'Go live',
  health: 'Health',
  replays: 'Replays',
  clips: 'Clips',
  links: 'Links',
  keys: 'Keys',
  webhooks: 'Webhooks',
  settings: 'Settings',
  origins: 'Origins',
};

/** What goes round every section. */
export interface Frame {
  /** The role of the token is known; until then, what is the administrator's is not offered. */
  fit(role: Role): void;
}

/** Navigation, the choice of the channel, and what is known of it; opens the section that the address names. */
export function startFrame(api: Api, build: (studio: Studio) => Record<SectionName, Section>): Frame {
  let place = parsePlace(location.hash);
  let shown = '';
  let role: Role | null = null;
  const isReady = () =>
    channels.isKnown() && (isOfDeployment(place.section) ? role === 'admin' : place.channel !== null);
  const watching = startWatching(api, () => place.channel, onFacts);
  const studio: Studio = {
    api,
    channel: () => place.channel ?? '',
    facts: watching.facts,
    nowMs: watching.nowMs,
    look: watching.look,
    tell,
  };
  const sections = build(studio);
  const tabs = drawNavigation();
  const channels = createChannels(api, (channel) => go({ ...place, channel }));

  function onFacts(facts: Facts): void {
    for (const section of Object.values(sections)) section.update?.(facts);
    channels.rename(facts.channel);
    titlePage(place, facts);
  }
  function go(next: Place): void {
    if (formatPlace(next) === location.hash) show();
    else location.hash = formatPlace(next);
  }
  function show(): void {
    const before = place;
    const named = parsePlace(location.hash);
    const isBarred = isOfDeployment(named.section) && role !== null && role !== 'admin';
    const section = isBarred ? 'live' : named.section;
    place = { section, channel: channels.choose(named.channel ?? before.channel) };
    byId('no-channel', HTMLElement).hidden = place.channel !== null || isOfDeployment(section) || !channels.isKnown();
    for (const name of sectionNames) {
      byId(`section-${name}`, HTMLElement).hidden = !isReady() || name !== place.section;
      const tab = tabs.get(name);
      if (!tab) continue;
      tab.hidden = isOfDeployment(name) && role !== 'admin';
      tab.href = formatPlace({ ...place, section: name });
      if (name === place.section) tab.setAttribute('aria-current', 'page');
      else tab.removeAttribute('aria-current');
    }
    tabs.get(place.section)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    if (!isReady()) return;
    history.replaceState(null, '', formatPlace(place));
    if (shown === formatPlace(place)) return;
    shown = formatPlace(place);
    titlePage(place, watching.facts());
    if (before.channel !== place.channel || !watching.facts()) watching.look();
    sections[place.section].open();
  }

  addEventListener('hashchange', () => {
    const main = byId('main', HTMLElement);
    // A place on the page, where the skip link leads, is none in the studio.
    if (/^#[^/]/.test(location.hash)) {
      history.replaceState(null, '', formatPlace(place));
      return main.focus();
    }
    show();
    main.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  });
  setInterval(() => {
    if (isReady() && !document.hidden) sections[place.section].reload?.();
  }, studioLimits.listPollMs);
  const load = async () => {
    await channels.load();
    if (!channels.isKnown()) setTimeout(load, pageLimits.viewPollSlowMs);
    show();
  };
  void load();
  return {
    fit(known) {
      role = known;
      show();
    },
  };
}

function drawNavigation(): Map<SectionName, HTMLAnchorElement> {
  const tabs = new Map<SectionName, HTMLAnchorElement>();
  for (const name of sectionNames) {
    const tab = make('a', isOfDeployment(name) ? 'tab apart' : 'tab', [icon(name), make('span', '', names[name])]);
    // Until the role is known.
    tab.hidden = isOfDeployment(name);
    tabs.set(name, tab);
  }
  byId('nav', HTMLElement).replaceChildren(...tabs.values());
  return tabs;
}

function titlePage({ section }: Place, facts: Facts | null): void {
  const about = isOfDeployment(section) ? null : facts?.channel;
  const live = about?.state === 'live' ? '● ' : '';
  const title = about ? ` · ${about.title}` : '';
  const text = `${live}${names[section]}${title} · Studio`;
  setText(document.head.querySelector('title') ?? document.head, text);
}
