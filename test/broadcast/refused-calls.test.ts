import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { HeartbeatAnswer } from '#shared/wire/control.ts';
import { importWireKey } from '#shared/wire/signature.ts';
import { ControlError, createControlClient } from '../../origin/broadcast/control-client.ts';
import { startHeartbeat } from '../../origin/broadcast/heartbeat.ts';
import { Reporter } from '../../origin/broadcast/reporter.ts';
import { recordingLog } from '../support/log.ts';

const revoked = new ControlError('control_refused', 'It was revoked. [key_revoked]', 401, { reason: 'key_revoked' });
const elsewhere = new ControlError('control_refused', 'Another has it. [forbidden]', 403, { reason: 'forbidden' });
const silent = new ControlError('control_unreachable', 'no answer', null);
const answer: HeartbeatAnswer = { end: [], forget: [], moved: [], left: [], stale: [], contested: [], imports: 0 };

it('what the control plane refuses is told in its words, whatever they are', async () => {
  const bodies = [
    '{"code":"unauthorized","reason":"key_revoked","detail":"It was revoked."}',
    'null',
    '<html>',
    '{"detail":1}',
  ];
  const server = createServer((_, response) => response.writeHead(401).end(bodies.shift()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const control = createControlClient(url, await importWireKey('k1', 'x'.repeat(32)), Date.now);
  const failure = () =>
    control.report({ broadcast: 'b_1' } as never).then(
      () => null,
      (cause: ControlError) => [cause.message.replace(/^\S+ /, ''), cause.reason],
    );
  expect(await failure()).toEqual(['answered 401: It was revoked. [key_revoked]', 'key_revoked']);
  expect(await failure()).toEqual(['answered 401: null', null]);
  expect(await failure()).toEqual(['answered 401: <html>', null]);
  expect(await failure()).toEqual(['answered 401: {"detail":1}', null]);
});

it('heartbeats say once that nobody answers, once why they are refused, and when they are answered again', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { log, lines } = recordingLog();
  const outcomes = [silent, silent, revoked, revoked, null, revoked];
  const nothing = () => {};
  const loop = startHeartbeat({
    control: {
      heartbeat: async () => {
        const outcome = outcomes.shift();
        if (outcome) throw outcome;
        return answer;
      },
    },
    message: () => ({}) as never,
    ...{ onEnd: nothing, onForget: nothing, onStale: nothing, onMoved: nothing, onContested: nothing },
    ...{ onLeft: nothing, onImports: nothing, onSilence: nothing, log, now: Date.now },
  });
  onTestFinished(() => loop.stop());
  await loop.first;
  while (outcomes.length > 0) await vi.advanceTimersToNextTimerAsync();
  expect(lines.map(({ event, reason, msg }) => [event, reason, msg])).toEqual([
    ['control_lost', undefined, 'the control plane does not answer'],
    ['control_refused', 'key_revoked', 'the control plane refuses this origin: It was revoked. [key_revoked]'],
    ['control_back', undefined, 'the control plane answers again'],
    ['control_refused', 'key_revoked', 'the control plane refuses this origin: It was revoked. [key_revoked]'],
  ]);
});

it('a report of a broadcast that another origin has by now is dropped without alarm, and the next one is sent', async () => {
  const { log, lines } = recordingLog();
  const told: unknown[] = [];
  const errors = [elsewhere];
  const reporter = new Reporter(async (report: { broadcast: string }) => {
    told.push(report.broadcast);
    const error = errors.shift();
    if (error) throw error;
  }, log);
  reporter.send({ broadcast: 'b_1' });
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  reporter.send({ broadcast: 'b_2' });
  await reporter.flush(10_000);
  expect(told).toEqual(['b_1', 'b_2']);
  expect(lines).toEqual([
    expect.objectContaining({ level: 'info', event: 'report_refused', broadcast: 'b_1', reason: 'forbidden' }),
  ]);
  expect(JSON.stringify(lines)).not.toContain('stack');
});
