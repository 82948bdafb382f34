import { build, pagesBuilt } from './local/build.ts';
import { StartError } from './local/start-error.ts';
import { paint, print, printFailure } from './local/terminal.ts';

/** Builds what is deployed. wrangler runs it too (wrangler.toml), from inside a build as well: then all is done. */
async function main(): Promise<void> {
  if (process.env.HEADWATER_PAGES === pagesBuilt.HEADWATER_PAGES) return;
  await build((names) => print(paint('dim', `building ${names.join(' and ')}`)));
}

main().catch((error: unknown) => {
  if (error instanceof StartError) printFailure(error);
  else console.error(error);
  process.exitCode = 1;
});
