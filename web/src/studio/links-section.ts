import type { Link } from '#shared/api/shapes.ts';
import { studioLimits } from '#shared/limits/page.ts';
import { byId, setText } from '../page/element.ts';
import { confirm } from './confirm.ts';
import { embedCode } from './embed-code.ts';
import { linkWish, linkWords } from './link-words.ts';
import { createList, type List } from './list.ts';
import { createOpener } from './opener.ts';
import { drawRevocable } from './revocable-row.ts';
import { showSecrets } from './secret-box.ts';
import type { Section, Studio } from './studio.ts';

const notes = {
  public: 'This channel is public: everybody can watch it, with or without a link.',
  unlisted: 'This channel is unlisted: whoever has its address can watch it, with or without a link.',
  signed: 'This channel is signed: it opens with a link only.',
} as const;

/** Signed links: made, told once, listed, revoked. */
export function createLinks(studio: Studio): Section {
  const secret = byId('link-secret', HTMLElement);
  const list: List = createList<Link>({
    body: byId('links', HTMLElement),
    empty: byId('links-empty', HTMLElement),
    more: byId('links-more', HTMLButtonElement),
    keyOf: ({ id }) => id,
    trouble: (sentence) => studio.tell(sentence, 'bad'),
    draw: () =>
      drawRevocable({
        ...{ labels: { ends: 'Ends', uses: 'Uses' }, needs: 'owner' },
        wordsOf: (link) => linkWords(link, studio.nowMs()),
        deed: (name) => `Revoke ${name}`,
        revoke: (link) => revokeLink(studio, link, () => list.reload()),
      }),
    async fetchPage(cursor) {
      const path = `/links?channel=${studio.channel()}&limit=${studioLimits.listPageMax}&cursor=${cursor}` as const;
      const answer = await studio.api.get(path);
      return answer.ok ? { ok: true, body: { items: answer.body.links, next: answer.body.next } } : answer;
    },
  });
  startForm(studio, secret, () => list.reload());
  return {
    ...createOpener(studio, list, [secret]),
    update({ channel: { visibility, sites } }) {
      const where = sites ? ` It is for pages of ${sites.join(', ')} only.` : '';
      setText(byId('links-note', HTMLElement), notes[visibility] + where);
    },
  };
}

function startForm(studio: Studio, secret: HTMLElement, onMade: () => Promise<void>): void {
  const form = byId('link-form', HTMLFormElement);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const value = (id: string) => byId(id, HTMLInputElement).value;
    const wish = linkWish(studio.channel(), {
      preset: byId('link-preset', HTMLSelectElement).value,
      opens: value('link-opens'),
      uses: value('link-uses'),
      sites: value('link-sites'),
      label: value('link-label'),
    });
    const answer = await studio.api.send('POST', '/links', wish);
    setText(byId('link-trouble', HTMLElement), answer.ok ? '' : answer.sentence);
    if (!answer.ok) return;
    form.reset();
    const { watch, embed, hls } = answer.body.urls;
    const title = studio.facts()?.channel.title ?? '';
    showSecrets(secret, 'Copy the link now: it is not shown again.', [
      ...(watch ? [{ label: 'Watch link', value: location.origin + watch }] : []),
      ...(embed ? [{ label: 'Embed code', value: embedCode(location.origin + embed, title) }] : []),
      ...(hls ? [{ label: 'HLS for players', value: location.origin + hls }] : []),
    ]);
    await onMade();
  });
}

async function revokeLink({ api, tell }: Studio, { id, label }: Link, onRevoked: () => Promise<void>): Promise<void> {
  const isSure = await confirm({
    title: `Revoke ${label || 'this link'}?`,
    sentence: 'Whoever watches with it stops within seconds, and it cannot be taken back.',
    action: 'Revoke link',
  });
  if (!isSure) return;
  const answer = await api.send('DELETE', `/links/${id}`);
  if (!answer.ok) return tell(answer.sentence, 'bad');
  tell('The link is revoked.');
  await onRevoked();
}
