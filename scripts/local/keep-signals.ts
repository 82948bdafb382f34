const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `create` and takes away the signal handlers that it adds where the process has its own already. Miniflare's exit
 * at once, before an orderly stop could end; where nobody else handles a signal they stay, and end workerd.
 */
export function keepSignals<T>(create: () => T): T {
  const before = signals.map((signal) => process.listeners(signal));
  const result = create();
  signals.forEach((signal, index) => {
    const own = before[index] ?? [];
    if (own.length === 0) return;
    for (const listener of process.listeners(signal)) {
      if (!own.includes(listener)) process.removeListener(signal, listener);
    }
  });
  return result;
}
