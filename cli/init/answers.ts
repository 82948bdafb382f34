import { usageError } from '../cli-error.ts';
import { isLoopback } from '../loopback.ts';
import { usualPorts } from './ports.ts';

const regionCharsMax = 64;

export const storages = ['local', 's3', 'r2'] as const;
export const edges = ['none', 'cloudflare'] as const;

/** What `headwater init` has to know; from options, or asked. */
export interface Answers {
  readonly originId: string;
  readonly edge: (typeof edges)[number];
  /** Base URL of any PoP. */
  readonly controlUrl: string;
  /** Base URL at which PoPs reach this origin's HTTP port. */
  readonly publicUrl: string | null;
  /** For encoders; null: the usual one, as for PoPs. */
  readonly rtmpPort: number | null;
  readonly httpPort: number | null;
  /** Host that encoders reach this origin at; null: in no list of ingests. */
  readonly ingestHost: string | null;
  readonly region: string | null;
  /** Folder of its own; null: the usual one. */
  readonly dataDir: string | null;
  readonly storage: (typeof storages)[number];
  readonly s3: S3Answers | null;
}

/** A bucket with the S3 API. */
export interface S3Answers {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint: string | null;
  /** The bucket's name is in the path, as MinIO and others want it. */
  readonly pathStyle: boolean;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The PoP that `npm start` runs first. */
export const localPopUrl = 'http://127.0.0.1:8787';

/** What is wrong with an address, in words; undefined for a good one. */
export function urlFault(text: string | undefined): string | undefined {
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash && !url.username)
    return undefined;
  return 'Write scheme, host and port only: https://headwater.example.com';
}

/** What is wrong with an origin's name, in words; undefined for a good one. */
export function originIdFault(text: string | undefined): string | undefined {
  return /^[a-z0-9][a-z0-9_-]{0,62}$/.test(text ?? '') ? undefined : 'Lower-case letters, digits, - and _, at most 63';
}

/** The host of an origin whose PoPs are on this machine, as its encoders are then; null: it has to be said. */
export function usualHost(edge: Answers['edge'], controlUrl: string): string | null {
  return edge === 'none' && isLoopback(controlUrl) ? '127.0.0.1' : null;
}

/** What is wrong with a host that encoders are sent to, in words; undefined for a good one, and for none. */
export function hostFault(text: string | undefined): string | undefined {
  const isHost = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])?$/.test(text ?? '');
  return isHost ? undefined : 'A host name or an address alone: origin-1.example.com';
}

/** Throws a usage error for answers that do not make a working origin. */
export function checkAnswers(answers: Answers): void {
  const { originId, edge, controlUrl, publicUrl, storage, s3 } = answers;
  const idFault = originIdFault(originId);
  if (idFault) throw usageError(`"${originId}" is no name for an origin.`, idFault);
  for (const [option, url] of [
    ['--control-url', controlUrl],
    ['--public-url', publicUrl],
  ] as const) {
    const fault = url === null ? undefined : urlFault(url);
    if (fault) throw usageError(`${option} is not an address.`, fault);
  }
  checkPlace(answers);
  if (edge === 'cloudflare' && publicUrl === null) {
    throw usageError(
      'PoPs at Cloudflare must reach this origin.',
      'Add --public-url <https address of its HTTP port>.',
    );
  }
  if (storage === 's3' && !s3) throw usageError('The bucket is missing.', 'Add --s3-bucket and its keys.');
}

function checkPlace({ rtmpPort, httpPort, ingestHost, region }: Answers): void {
  const wrongHost = hostFault(ingestHost ?? undefined);
  if (wrongHost) throw usageError('--ingest-host is no host.', wrongHost);
  if (region !== null && (region === '' || region.length > regionCharsMax)) {
    throw usageError('--region is empty or too long.', `At most ${regionCharsMax} characters.`);
  }
  if ((rtmpPort ?? usualPorts.rtmp) === (httpPort ?? usualPorts.http)) {
    throw usageError('Encoders and PoPs cannot share a port.', 'Give --rtmp-port and --http-port different ones.');
  }
}
