/** The part of a window that tells what it is framed by. */
export interface Framed {
  readonly location: { readonly ancestorOrigins?: { readonly [index: number]: string } };
  readonly document: { readonly referrer: string };
  readonly parent: unknown;
}

/** Host of the page that shows this one in a frame, with its port if it has one; null when there is none, or it hides. */
export function siteAround(frame: Framed): string | null {
  if (frame.parent === frame) return null;
  const origin = frame.location.ancestorOrigins?.[0] ?? frame.document.referrer;
  return URL.parse(origin)?.host || null;
}
