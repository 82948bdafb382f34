import { startSigningProxy } from './signing-proxy.ts';

const args = process.argv.slice(2);
const at = args.findIndex((argument) => URL.canParse(argument));
if (args.includes('--sign') && at >= 0) {
  const url = new URL(args[at] ?? '');
  const proxy = await startSigningProxy(url.origin, wireKeys());
  args[at] = proxy.url + url.pathname + url.search;
  await judge(args.filter((argument) => argument !== '--sign'));
  await proxy.close();
} else await judge(args);

/** The secret that PoPs share with the origin; never an argument, which every process of the machine can read. */
function wireKeys(): string {
  const keys = process.env.HEADWATER_WIRE_KEYS;
  if (keys) return keys;
  console.error('--sign needs HEADWATER_WIRE_KEYS, as the origin has it.');
  process.exit(2);
}

async function judge(rest: readonly string[]): Promise<void> {
  process.argv.splice(2, process.argv.length, ...rest);
  await import('../conformance/main.ts');
}
