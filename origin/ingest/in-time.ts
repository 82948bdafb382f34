import type { Log } from '../observe/log.ts';
import type { PublishDecision } from './publisher.ts';

interface Asking {
  readonly session: string;
  readonly msMax: number;
  readonly log: Log;
}

const undecided = {
  accept: false,
  code: 'decision_failed',
  sentence: 'The server could not check the stream key. Please try again.',
} as const;

/** The decision, or a refusal when it fails or comes too late; a late sink is told that it got nobody. */
export function inTime(deciding: Promise<PublishDecision>, { session, msMax, log }: Asking): Promise<PublishDecision> {
  return new Promise((resolve) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      log.error({ session }, 'publish decision too late');
      resolve(undecided);
    }, msMax);
    deciding.then(
      (decision) => {
        clearTimeout(timer);
        if (late && decision.accept) decision.sink.end('closed');
        resolve(decision);
      },
      (error: unknown) => {
        clearTimeout(timer);
        log.error({ session, error: String(error) }, 'publish decision failed');
        resolve(undecided);
      },
    );
  });
}
