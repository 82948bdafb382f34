import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Certificate } from './frame.ts';
import { IngestError } from './ingest-error.ts';

/** Where a certificate and its key lie, as PEM; whoever renews them replaces the files. */
export interface CertificateFiles {
  /** The certificate first, then the chain. */
  readonly certPath: string;
  readonly keyPath: string;
}

/** Reads and checks a certificate. Throws `certificate_unreadable` or `certificate_invalid`, never with the key's text. */
export async function readCertificate({ certPath, keyPath }: CertificateFiles): Promise<Certificate> {
  const [certPem, keyPem] = await Promise.all([readPem(certPath), readPem(keyPath)]);
  const refuse = (why: string, cause?: unknown) =>
    new IngestError('certificate_invalid', `RTMPS cannot use ${certPath} with ${keyPath}: ${why}.`, cause);
  let matches: boolean;
  try {
    matches = new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    throw refuse('they are not a certificate and a key without passphrase, as PEM');
  }
  if (!matches) throw refuse('the key is not that of the certificate');
  return { certPem, keyPem };
}

/** When a certificate ends, ms since the Unix epoch. */
export function certificateEndMs({ certPem }: Certificate): number {
  return Date.parse(new X509Certificate(certPem).validTo);
}

/** Whether nobody else vouches for a certificate: encoders that check, as OBS does, refuse it. */
export function isSelfSigned({ certPem }: Certificate): boolean {
  const certificate = new X509Certificate(certPem);
  return certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey);
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new IngestError('certificate_unreadable', `RTMPS needs ${path}, which cannot be read (${code}).`, cause);
  }
}
