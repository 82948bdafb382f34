/** Why bytes from outside could not be read. */
export type ParseError = 'truncated' | 'malformed' | 'out_of_range' | 'unsupported';

/** Outcome of reading bytes from outside: a value or a reason, never a throw. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ParseError };

/** A value that was read. */
export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** A reason why nothing was read. */
export function unparsed<T>(error: ParseError): Parsed<T> {
  return { ok: false, error };
}
