import type { Page, Request } from 'playwright-core';

/** What became of the segments of one rendition that a page asks for. */
export interface SegmentFetches {
  /** Numbers that are on their way. */
  readonly open: ReadonlySet<number>;
  /** By number: status of the last answer that came whole, or that it broke off. */
  readonly ends: ReadonlyMap<number, number | 'broken'>;
}

/** Follows them from now on. */
export function followFetches(page: Page, rendition: string): SegmentFetches {
  const pattern = new RegExp(`/${rendition}/(\\d+)\\.m4s$`);
  const open = new Set<number>();
  const ends = new Map<number, number | 'broken'>();
  const onEach = (act: (msn: number, request: Request) => void) => (request: Request) => {
    const [, msn] = pattern.exec(new URL(request.url()).pathname) ?? [];
    if (msn !== undefined) act(Number(msn), request);
  };
  page.on(
    'request',
    onEach((msn) => open.add(msn)),
  );
  page.on(
    'requestfailed',
    onEach((msn) => {
      open.delete(msn);
      ends.set(msn, 'broken');
    }),
  );
  page.on(
    'requestfinished',
    onEach(async (msn, request) => {
      open.delete(msn);
      const response = await request.response();
      if (response) ends.set(msn, response.status());
    }),
  );
  return { open, ends };
}
