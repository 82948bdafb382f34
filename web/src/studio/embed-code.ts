/** What another site puts into its page to show what is at `src`, one of our pages for frames. */
export function embedCode(src: string, title: string): string {
  const safe = title.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  const style = 'width:100%;aspect-ratio:16/9;border:0';
  return `<iframe src="${src}" title="${safe}" style="${style}" allow="autoplay; fullscreen; picture-in-picture"></iframe>`;
}
