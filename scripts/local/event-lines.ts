import type { StackRecord } from './stack.ts';

/** A line for people about something that happened in the stack, and how it is to be taken. */
export interface EventLine {
  readonly tone: 'step' | 'good' | 'bad' | 'note';
  readonly text: string;
}

type Describe = (record: StackRecord, field: (name: string) => string) => EventLine | null;

const good = (text: string): EventLine => ({ tone: 'good', text });
const bad = (text: string): EventLine => ({ tone: 'bad', text });
const note = (text: string): EventLine => ({ tone: 'note', text });

/** What is worth a line while the stack runs, by event code. Everything else goes to the log file only. */
const lines: Readonly<Record<string, Describe>> = {
  step: ({ message }) => ({ tone: 'step', text: message }),
  publisher_accepted: (_, field) => note(`channel ${field('channel')}: ${field('encoder') || 'an encoder'} publishes`),
  publish_refused: (_, field) => bad(`a publisher from ${field('ip')} was refused (${field('code')})`),
  publish_undecided: () => bad('a publisher was turned away: the control plane did not answer'),
  source_refused: (_, field) => bad(`the source cannot be transcoded (${field('code')})`),
  broadcast_live: (_, field) => good(`channel ${field('channel')} is live`),
  publisher_left: (_, field) => note(`channel ${field('channel')}: the publisher left (${field('reason')})`),
  broadcast_ended: (_, field) => note(`channel ${field('channel')}: the broadcast is over`),
  encoder_died: (_, field) => bad(`ffmpeg died and is started again (${field('why')})`),
  transcoder_not_started: () => bad('ffmpeg could not be started'),
  control_lost: () => bad('the origin does not reach the control plane'),
  control_refused: (_, field) => bad(`the control plane refuses the origin (${field('reason')})`),
  control_back: () => good('the origin reaches the control plane again'),
  origin_died: (_, field) => bad(`the origin died and is started again (${field('why')})`),
  origin_start_failed: (_, field) => bad(`the origin does not start: ${field('why')}`),
  origin_back: () => good('the origin is back'),
  test_card_ended: ({ message }) => note(`the test card stopped publishing${message ? ` (${message})` : ''}`),
  test_card_yielding: () => note('another encoder publishes to the demo channel: the test card waits'),
  pop_error: ({ message }) => bad(`the Worker says: ${message.split('\n')[0]}`),
};

const textCharsMax = 200;

/** The line for a record, or null when it is not worth one. Text from outside is made safe for a terminal. */
export function eventLine(record: StackRecord): EventLine | null {
  const describe = lines[record.event];
  if (!describe) return null;
  const line = describe(record, (name) => String(record.fields[name] ?? ''));
  return line && { ...line, text: line.text.replace(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, textCharsMax) };
}
