/** Why an import ended without a replay, beside what is wrong with its file (docs/protocol/errors.md). */
export const importErrorCodes = [
  'import_usage',
  'import_no_bucket',
  'import_refused',
  'import_unanswered',
  'import_no_room',
  'import_part_missing',
  'import_not_stored',
  'import_encoder_failed',
  'import_incomplete',
  'import_stopped',
] as const;

/** An import did not become a replay; the message says what to do about it. */
export class ImportError extends Error {
  readonly code: (typeof importErrorCodes)[number];
  constructor(code: ImportError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ImportError';
    this.code = code;
  }
}
