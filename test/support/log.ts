/** A log that says nothing. */
export const silentLog = Object.freeze({ info: () => {}, warn: () => {}, error: () => {} });
