import { cancel, confirm, intro, password, select, text } from '@clack/prompts';
import { CliError } from '../cli-error.ts';
import { type Answers, hostFault, originIdFault, type S3Answers, urlFault, usualHost } from './answers.ts';
import { type Ports, portTextFault } from './ports.ts';

/** What is known before anything is asked. */
export type KnownAnswers = {
  readonly [K in keyof Omit<Answers, 's3' | 'controlUrl' | 'dataDir'>]?: NonNullable<Answers[K]>;
} & {
  readonly s3: Partial<S3Answers>;
};

/** What can be asked for. */
export type Asked = Omit<Answers, 'dataDir'>;

/**
 * Asks in the terminal for what is not known yet; throws `not_confirmed` when the user leaves.
 * @param controlUrlFor the control plane that is known once it is said where the PoPs run
 * @param beside ports to propose beside a stack that runs here; null: none does
 */
export async function askAnswers(
  known: KnownAnswers,
  controlUrlFor: (edge: Answers['edge']) => string | undefined,
  beside: Ports | null,
): Promise<Asked> {
  intro('Settings for an origin');
  const originId = known.originId ?? (await askText('Name of this origin', 'origin-1', originIdFault));
  const edge =
    known.edge ??
    (await answered(
      select({
        message: 'Where do the PoPs run?',
        options: [
          { value: 'none' as const, label: 'On this machine', hint: 'headwater up' },
          { value: 'cloudflare' as const, label: 'At Cloudflare', hint: 'headwater deploy' },
        ],
      }),
    ));
  const controlUrl = controlUrlFor(edge) ?? (await askText('Address of the Worker', '', urlFault));
  const publicUrl =
    known.publicUrl ??
    (edge === 'none' ? null : await askText("Public address of this origin's HTTP port (https)", '', urlFault));
  const rtmpPort = known.rtmpPort ?? (beside && (await askPort('Port for encoders', beside.rtmp)));
  const httpPort = known.httpPort ?? (beside && (await askPort('Port for PoPs', beside.http)));
  const ingestHost = known.ingestHost ?? usualHost(edge, controlUrl) ?? (await askIngestHost(publicUrl));
  const storage =
    known.storage ??
    (await answered(
      select({
        message: 'Where do replays stay?',
        options: [
          { value: 'r2' as const, label: "R2, the deployment's own bucket", hint: 'needs no keys' },
          { value: 's3' as const, label: 'A bucket with the S3 API' },
          { value: 'local' as const, label: 'On this machine only' },
        ],
      }),
    ));
  const s3 = storage === 's3' ? await askS3(known.s3) : null;
  const place = { rtmpPort, httpPort, ingestHost, region: known.region ?? null };
  return { originId, edge, controlUrl, publicUrl, ...place, storage, s3 };
}

async function askPort(message: string, proposed: number): Promise<number> {
  return Number(await askText(message, String(proposed), portTextFault));
}

/** Often the host of the HTTP port; empty: none. */
async function askIngestHost(publicUrl: string | null): Promise<string | null> {
  const proposed = publicUrl === null ? '' : new URL(publicUrl).hostname;
  return (await askText('Host that encoders reach it at, empty for no list of ingests', proposed, hostFault)) || null;
}

async function askS3(known: Partial<S3Answers>): Promise<S3Answers> {
  const filled = (value: string | undefined) => (value ? undefined : 'This is needed');
  const bucket = known.bucket ?? (await askText('Bucket', '', filled));
  const region = known.region ?? (await askText('Region', 'auto', filled));
  const endpoint = known.endpoint ?? ((await askText('Endpoint, empty for AWS', '', () => undefined)) || null);
  return {
    bucket,
    region,
    endpoint,
    pathStyle: known.pathStyle ?? (endpoint !== null && (await askPathStyle())),
    accessKeyId: known.accessKeyId ?? (await askText('Access key id', '', filled)),
    secretAccessKey:
      known.secretAccessKey ?? (await answered(password({ message: 'Secret access key', validate: filled }))),
  };
}

function askPathStyle(): Promise<boolean> {
  return answered(confirm({ message: "Is the bucket's name in the path (MinIO and others)?", initialValue: false }));
}

/** The token that this origin joins with, as it was told. */
export async function askJoinToken(): Promise<string> {
  const validate = (value: string | undefined) =>
    /^jt_\w+$/.test(value ?? '') ? undefined : 'jt_…, as "headwater origin join-token" tells it once';
  return answered(password({ message: 'Join token of the deployment (headwater origin join-token)', validate }));
}

/** Whether a file that is there may be written over. */
export async function askOverwrite(path: string): Promise<boolean> {
  return answered(confirm({ message: `${path} is there already. Write over it?`, initialValue: false }));
}

function askText(message: string, initialValue: string, validate: (value: string | undefined) => string | undefined) {
  return answered(text({ message, initialValue, validate }));
}

/** The answer; leaving is told by a symbol. */
async function answered<T>(question: Promise<T>): Promise<Exclude<T, symbol>> {
  const answer = await question;
  if (typeof answer !== 'symbol') return answer as Exclude<T, symbol>;
  cancel('Nothing was written.');
  throw new CliError('not_confirmed', 'Nothing was changed.', '');
}
