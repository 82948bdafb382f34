/** The operator's to change, all but `ingest_failed`, which is ours. */
export type IngestErrorCode =
  | 'port_in_use'
  | 'port_forbidden'
  | 'address_unavailable'
  | 'certificate_unreadable'
  | 'certificate_invalid'
  | 'ingest_failed';

/** Why the ingest could not start, with a way out in the message. */
export class IngestError extends Error {
  readonly code: IngestErrorCode;
  constructor(code: IngestErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'IngestError';
    this.code = code;
  }
}

/** A listener that the system refused; `use` is what it was for. */
interface RefusedListener {
  readonly systemCode: string;
  readonly use: 'RTMP' | 'RTMPS';
  readonly bind: string;
  readonly port: number;
}

/** The error for a listener that the system refused, with the setting that changes it. */
export function listenError({ systemCode, use, bind, port }: RefusedListener): IngestError {
  const setting = `HEADWATER_${use}_PORT`;
  switch (systemCode) {
    case 'EADDRINUSE':
      return new IngestError(
        'port_in_use',
        `${use} port ${port} on ${bind} is in use. Stop the other program or set ${setting} to another port.`,
      );
    case 'EACCES':
      return new IngestError(
        'port_forbidden',
        `${use} port ${port} may not be used by this user. Set ${setting} to one above 1023.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new IngestError(
        'address_unavailable',
        `This machine has no address ${bind}. Set HEADWATER_RTMP_BIND to one that it has.`,
      );
    default:
      return new IngestError(
        'ingest_failed',
        `The ${use} port ${port} on ${bind} could not be opened (${systemCode}).`,
      );
  }
}
