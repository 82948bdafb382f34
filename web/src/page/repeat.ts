/** A task that runs again and again, one at a time. */
export interface Repeating {
  /** Runs now instead of at the next turn; while the task runs, once more right after it. */
  now(): void;
}

/**
 * Runs a task at once and then again after each wait.
 * @param waitMs asked after every run
 */
export function repeat(task: () => Promise<void>, waitMs: () => number): Repeating {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let again = false;
  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    clearTimeout(timer);
    running = true;
    again = false;
    try {
      await task();
    } finally {
      running = false;
      timer = setTimeout(run, again ? 0 : waitMs());
    }
  };
  void run();
  return { now: () => void run() };
}
