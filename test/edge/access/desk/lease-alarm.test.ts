import { expect, test, vi } from 'vitest';
import { deskLimits } from '#shared/limits/access.ts';

vi.mock('cloudflare:workers', () => ({
  DurableObject: class {
    readonly env: unknown;
    constructor(_state: unknown, env: unknown) {
      this.env = env;
    }
  },
}));

test('a use that comes while the one before is stored is stored a few seconds later', async () => {
  const { LeaseDesk } = await import('../../../../workers/access/desk/lease-desk.ts');
  const kept = new Map<string, unknown>();
  const alarms: number[] = [];
  const storage = {
    kv: { get: (name: string) => kept.get(name), put: (name: string, value: unknown) => void kept.set(name, value) },
    getAlarm: async () => alarms.at(-1) ?? null,
    setAlarm: async (atMs: number) => void alarms.push(atMs),
  };
  const stored: number[] = [];
  const store = async (uses: number) => {
    stored.push(uses);
    if (stored.length === 1) await desk.use('ln_1', 'second', 5);
  };
  const DB = { prepare: () => ({ bind: (_id: string, uses: number) => ({ run: () => store(uses) }) }) };
  const desk = new LeaseDesk({ storage } as never, { DB } as never);
  /** No alarm is set while one goes off. */
  const goOff = async () => {
    alarms.length = 0;
    await desk.alarm();
    return (alarms.at(-1) ?? 0) - Date.now();
  };
  await desk.use('ln_1', 'first', 5);
  expect(await goOff()).toBeLessThanOrEqual(deskLimits.usesFlushMs);
  expect(await goOff()).toBeGreaterThan(deskLimits.usesFlushMs);
  expect(stored).toEqual([1, 2]);
});
