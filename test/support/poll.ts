/**
 * Resolves as soon as the condition holds; rejects after the deadline with what it was waiting for.
 * @param intervalMs between looks; more than usual where each look costs others something
 */
export async function pollUntil(
  condition: () => boolean | Promise<boolean>,
  waitingFor = 'a condition',
  deadlineMs = 10_000,
  intervalMs = 5,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Waited ${deadlineMs} ms in vain for ${waitingFor}.`);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
