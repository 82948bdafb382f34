import { StartError } from '../local/start-error.ts';
import { askWrangler } from './wrangler.ts';

/** Variables with which wrangler asks nobody who it is. */
const credentials = ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_API_KEY'];

/** Throws `not_logged_in` where wrangler knows no account: all that follows would fail for another reason than it says. */
export async function requireLogin(): Promise<void> {
  if (credentials.some((name) => process.env[name])) return;
  const { output } = await askWrangler(['whoami', '--json']);
  if (!saysLoggedOut(output)) return;
  throw new StartError(
    'not_logged_in',
    'wrangler is not logged in to Cloudflare, so nothing can be deployed.',
    'Log in: npx wrangler login. Where no browser is: set CLOUDFLARE_API_TOKEN. docs/operate/first-deploy.md goes through it.',
  );
}

/** Whether `wrangler whoami --json` says that nobody is logged in; what it says otherwise is for what follows to find out. */
export function saysLoggedOut(output: string): boolean {
  return /"loggedIn"\s*:\s*false/.test(output);
}
