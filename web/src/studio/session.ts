const tokenKey = 'headwater.studio.token';
const farewellKey = 'headwater.studio.farewell';

/** The token of this tab, or null: it is kept in sessionStorage only, and goes with the tab. */
export function storedToken(): string | null {
  return sessionStorage.getItem(tokenKey);
}

/** Keeps a token that the API has accepted. */
export function storeToken(token: string): void {
  sessionStorage.setItem(tokenKey, token);
}

/** Forgets the token and loads the page anew, so that nothing of the session stays in memory. @param farewell said at the sign-in */
export function leave(farewell: string): void {
  sessionStorage.removeItem(tokenKey);
  sessionStorage.setItem(farewellKey, farewell);
  location.reload();
}

/** Why the last session ended; told once. */
export function takeFarewell(): string {
  const farewell = sessionStorage.getItem(farewellKey) ?? '';
  sessionStorage.removeItem(farewellKey);
  return farewell;
}

/** Whether a text can be a token at all: what a header can carry (RFC 6750 2.1). */
export function isTokenLike(text: string): boolean {
  return /^[\x21-\x7e]{1,512}$/.test(text);
}
