/** What another site puts into its page to show a channel, or with a link's token what is signed. */
export function embedCode(
  origin: string,
  channel: { readonly id: string; readonly title: string },
  token?: string,
): string {
  const src = `${origin}/embed/${channel.id}${token === undefined ? '' : `?token=${token}`}`;
  const title = channel.title.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  const style = 'width:100%;aspect-ratio:16/9;border:0';
  return `<iframe src="${src}" title="${title}" style="${style}" allow="autoplay; fullscreen; picture-in-picture"></iframe>`;
}
