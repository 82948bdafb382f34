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

/** The error for a listener that the system refused. */
export function listenError(systemCode: string, bind: string, port: number): IngestError {
  switch (systemCode) {
    case 'EADDRINUSE':
      return new IngestError(
        'port_in_use',
        `RTMP port ${port} on ${bind} is in use. Stop the other program or choose another port.`,
      );
    case 'EACCES':
      return new IngestError(
        'port_forbidden',
        `RTMP port ${port} may not be used by this user. Choose a port above 1023.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new IngestError('address_unavailable', `This machine has no address ${bind}. Choose one that it has.`);
    default:
      return new IngestError('ingest_failed', `The RTMP port ${port} on ${bind} could not be opened (${systemCode}).`);
  }
}
