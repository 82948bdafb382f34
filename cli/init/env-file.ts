import { CliError } from '../cli-error.ts';
import type { Answers } from './answers.ts';

/** Kinds of bucket by the words of the wizard: the deployment's own is R2, on this machine's disk where the PoPs run here. */
function bucketKind({ storage, edge }: Answers): 'worker' | 's3' | 'none' {
  if (storage === 's3') return 's3';
  return storage === 'r2' || edge === 'none' ? 'worker' : 'none';
}

/** The setting that the deployment knows an origin by. */
export interface Trust {
  readonly variable: 'HEADWATER_WIRE_KEYS' | 'HEADWATER_JOIN_TOKEN';
  readonly value: string;
  /** Nobody else has it yet. */
  readonly isNew?: true;
  /** The stack whose it is. */
  readonly from?: string;
}

/** The origin's settings by the names of origin/config, in the order of the file. */
export function originVariables(answers: Answers, trust: Trust): readonly (readonly [string, string])[] {
  const { originId, controlUrl, publicUrl, rtmpPort, httpPort, ingestHost, region, dataDir, s3 } = answers;
  const bucket: (readonly [string, string | null])[] =
    answers.storage === 's3' && s3
      ? [
          ['HEADWATER_S3_BUCKET', s3.bucket],
          ['HEADWATER_S3_REGION', s3.region],
          ['HEADWATER_S3_ENDPOINT', s3.endpoint],
          ['HEADWATER_S3_PATH_STYLE', s3.pathStyle ? 'on' : null],
          ['HEADWATER_S3_ACCESS_KEY_ID', s3.accessKeyId],
          ['HEADWATER_S3_SECRET_ACCESS_KEY', s3.secretAccessKey],
        ]
      : [];
  const all: readonly (readonly [string, string | null])[] = [
    ['HEADWATER_ORIGIN_ID', originId],
    ['HEADWATER_CONTROL_URL', controlUrl],
    [trust.variable, trust.value],
    ['HEADWATER_HTTP_PORT', httpPort === null ? null : String(httpPort)],
    ['HEADWATER_PUBLIC_URL', publicUrl],
    ['HEADWATER_RTMP_PORT', rtmpPort === null ? null : String(rtmpPort)],
    ['HEADWATER_INGEST_HOST', ingestHost],
    ['HEADWATER_REGION', region],
    ['HEADWATER_BUCKET_KIND', bucketKind(answers)],
    ['HEADWATER_DATA_DIR', dataDir],
    ...bucket,
  ];
  return all.filter((entry): entry is readonly [string, string] => entry[1] !== null);
}

/** Text that Node's --env-file, Docker and systemd read alike: no quotes, nothing that one of them takes for a sign. Throws. */
export function envFileText(variables: readonly (readonly [string, string])[]): string {
  for (const [name, value] of variables) {
    if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !/["'`\\$#]/.test(value)) continue;
    const hint = 'Use letters, digits and . _ ~ : / + = - only.';
    throw new CliError('value_unfit', `The value of ${name} does not fit into an env file.`, hint);
  }
  const lines = variables.map(([name, value]) => `${name}=${value}`);
  return `# Settings of an origin, made by "headwater init": docs/operate/first-deploy.md. Holds secrets.\n${lines.join('\n')}\n`;
}
