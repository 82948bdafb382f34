import { deskLimits } from '#shared/limits/access.ts';

/** The answer of a desk, or a failure when it does not come in time: a viewer waits for it. */
export async function withinCall<Value>(work: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer in time')), deskLimits.callMsMax);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
