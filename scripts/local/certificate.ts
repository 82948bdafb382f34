import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { readIfThere, writePrivateFile } from './private-file.ts';

const dayMs = 86_400_000;
const lifetimeDays = 365;
/** One that ends sooner is replaced. */
const restDays = 30;

/** Where a certificate and its key lie, as PEM. */
export interface LocalCertificate {
  readonly certPath: string;
  readonly keyPath: string;
}

/**
 * The certificate of a data folder for RTMPS on `localhost` and 127.0.0.1, signed by itself, with a key of its own (ECDSA
 * P-256). Made where there is none or it has less than a month to go.
 */
export async function ensureCertificate(folder: string, nowMs = Date.now()): Promise<LocalCertificate> {
  const files = { certPath: join(folder, 'tls.crt'), keyPath: join(folder, 'tls.key') };
  const [cert, key] = [readIfThere(files.certPath), readIfThere(files.keyPath)];
  if (cert !== null && key !== null && endMs(cert) > nowMs + restDays * dayMs) return files;
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    notBeforeDate: new Date(nowMs - dayMs),
    notAfterDate: new Date(nowMs + lifetimeDays * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: false },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  // The key first: a certificate without it would be taken for whole at the next start.
  writePrivateFile(files.keyPath, made.private);
  writePrivateFile(files.certPath, made.cert);
  return files;
}

/** 0 for what is no certificate. */
function endMs(pem: string): number {
  try {
    return Date.parse(new X509Certificate(pem).validTo);
  } catch {
    return 0;
  }
}
