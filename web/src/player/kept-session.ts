/** The session of one page, for as long as its tab is open: whoever loads it again goes on. */
export interface KeptSession {
  read(): string | null;
  /** Null: forget it. */
  write(session: string | null): void;
}

/** Never the link itself: that may be passed on, and be good for others. @param path of the page */
export function keptSession(path: string): KeptSession {
  const key = `headwater.session ${path}`;
  return {
    read() {
      try {
        return sessionStorage.getItem(key);
      } catch {
        return null;
      }
    },
    write(session) {
      try {
        if (session === null) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, session);
      } catch {
        // Storage can be closed to this page; loaded again, it takes the link again.
      }
    },
  };
}
