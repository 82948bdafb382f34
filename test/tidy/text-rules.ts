import type { RepositoryFile } from './repository.ts';

/** Something that must not stand in certain files. */
export interface TextRule {
  readonly name: string;
  readonly files: RegExp;
  readonly except?: RegExp;
  readonly pattern: RegExp;
  /** Comments may say it. */
  readonly codeOnly?: true;
  /** Text that the rule must find, to show that it can. */
  readonly example: string;
}

const source = /^(?:shared|origin|workers|web|conformance|cli|scripts|bench|test)\/.*\.(?:ts|mjs)$/;
const product = /^(?:shared|origin|workers|web|conformance|cli)\/.*\.ts$/;
const tests = /^test\/.*\.ts$/;

/** The rules' own words would trip them. */
const self = /^test\/tidy\//;

export const textRules: readonly TextRule[] = [
  {
    name: 'shared code has no clock, no randomness and no surroundings',
    files: /^shared\/.*\.ts$/,
    codeOnly: true,
    pattern:
      /\b(?:Date\.now|new Date\(\)|Math\.random|performance\.now|crypto\.(?:getRandomValues|randomUUID)|process\.|setTimeout|setInterval|globalThis|window\.|document\.|navigator\.|localStorage|fetch\()/,
    example: 'const t = Date.now();',
  },
  {
    name: 'rewriting manifests, reading claims and deciding are functions',
    files: /^workers\/(?:manifest\/|token\/|cache\/policy\.ts)/,
    codeOnly: true,
    pattern: /\b(?:fetch\(|caches\.|env\.|Date\.now|Math\.random)/,
    example: 'await caches.open(name);',
  },
  {
    name: 'default exports only where a tool demands one',
    files: source,
    except:
      /^(?:workers\/main\.ts|bench\/tokens\/worker\.ts|web\/vite\.config\.ts|scripts\/testing\/stray-errors\.ts|origin\/ingest\/node-media-server\.d\.ts|test\/.*)$/,
    pattern: /^export default\b/m,
    example: 'export default x;',
  },
  {
    name: 'no barrels',
    files: source,
    except: self,
    pattern: /^export \* from\b/m,
    example: "export * from './x.ts';",
  },
  {
    name: 'only syntax that can be erased',
    files: product,
    pattern: /^\s*(?:export\s+)?(?:const\s+)?enum\s+\w+\s*\{|^\s*(?:export\s+)?namespace\s+\w+\s*\{/m,
    example: 'export enum Colour { Red }',
  },
  {
    name: 'no shell',
    files: source,
    except: self,
    pattern: /\bshell:\s*true|(?<![.\w])exec(?:Sync)?\(|child_process\.exec(?:Sync)?\(/,
    example: "exec('rm -rf x');",
  },
  {
    name: 'processes end in their entries only',
    files: /^(?:shared|origin|workers|web|cli)\/.*\.ts$/,
    except: /^(?:origin\/(?:main|import|ingest\/process)|cli\/main)\.ts$/,
    pattern: /\bprocess\.exit\(/,
    example: 'process.exit(1);',
  },
  {
    name: 'the environment is read in one place',
    files: /^(?:origin|cli)\/.*\.ts$/,
    except: /^(?:origin\/(?:main|import|ingest\/process)|cli\/main)\.ts$/,
    pattern: /\bprocess\.env\b/,
    example: 'const a = process.env.A;',
  },
  {
    name: 'no test is skipped or runs alone',
    files: tests,
    except: self,
    pattern: /\b(?:it|test|describe|suite)\.(?:skip|only|todo|fails)\b|\b(?:xit|xdescribe|fit)\(/,
    example: "it.skip('x', () => {});",
  },
  {
    name: 'tests wait for conditions, not for time',
    files: tests,
    except: /^test\/(?:tidy\/|support\/poll\.ts$)/,
    pattern:
      /\bawait\s+(?:sleep|delay|pause|wait)\(\s*[\d_]+|\bawait new Promise(?:<\w+>)?\(\(\w+\) => setTimeout\(\w+,\s*[\d_]+\)/,
    example: 'await new Promise((resolve) => setTimeout(resolve, 500));',
  },
  {
    name: 'no path of a machine',
    files: /./,
    except: self,
    pattern: /(?<![\w.$}])\/(?:work|root|home|Users)\/[A-Za-z0-9_.-]+/,
    example: 'const home = "/home/someone/x";',
  },
  {
    name: 'no package registry',
    files: /./,
    except: self,
    pattern: /\b(?:registry|deb)\.[a-z]+\.(?:org|com)\b/i,
    example: 'https://registry.example.org/x',
  },
  {
    name: 'nothing is left for later',
    files: source,
    except: self,
    pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/,
    example: '// TODO: x',
  },
];

/** Files in which a rule's pattern stands, each with its line. */
export function breaksOf(rule: TextRule, files: readonly RepositoryFile[]): string[] {
  return files
    .filter(({ path }) => rule.files.test(path) && !rule.except?.test(path))
    .flatMap(({ path, text }) => {
      const match = rule.pattern.exec(rule.codeOnly ? blankComments(text) : text);
      if (!match) return [];
      const line = text.slice(0, match.index).split('\n').length + (match[0].match(/^\n*/)?.[0].length ?? 0);
      return [`${path}:${line} ${match[0].trim()}`];
    });
}

/** Takes comments that begin a line out, and keeps the numbers of lines. */
function blankComments(text: string): string {
  const lines = (comment: string) => comment.replace(/[^\n]/g, '');
  return text.replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, lines).replace(/^[ \t]*\/\/.*$/gm, '');
}
