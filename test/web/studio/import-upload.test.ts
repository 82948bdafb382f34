import { expect, it } from 'vitest';
import type { Answer } from '../../../web/src/studio/api.ts';
import { type UploadTerms, uploadFile } from '../../../web/src/studio/import-upload.ts';
import { importOf } from './facts.ts';

const file = new Blob(['abcdefghij']);
const ok = { ok: true, body: null } as const;
const refused = (status: number, sentence = `It is ${status}.`) => ({ ok: false, status, sentence }) as const;

/** A server that answers as it is told, call by call, and takes everything after that; `said` is all that went on. */
function stageOf(answers: Record<string, (Answer<null> | 'stop')[]>) {
  const said: string[] = [];
  const stopping = new AbortController();
  const answer = (call: string): Answer<null> => {
    const next = answers[call]?.shift() ?? ok;
    if (next !== 'stop') return next;
    stopping.abort();
    return refused(0);
  };
  const missing = { partsMissing: [1] };
  const terms: UploadTerms = {
    door: {
      async put(part, bytes, onSent) {
        said.push(`put ${part} ${new TextDecoder().decode(bytes)}`);
        onSent(1);
        return answer(`put ${part}`);
      },
      async complete() {
        said.push('complete');
        const found = answer('complete');
        return found.ok ? { ok: true, body: importOf({ state: 'queued' }) } : found;
      },
      async find() {
        said.push('find');
        const found = answer('find');
        return found.ok ? { ok: true, body: importOf(missing) } : found;
      },
    },
    onSent: (bytes) => said.push(`${bytes} sent`),
    onWait: (sentence) => said.push(sentence),
    pause: async (ms) => void said.push(ms >= 500 && ms <= 30_000 ? 'pause' : `${ms} ms`),
    signal: stopping.signal,
  };
  return { said, terms };
}

it('sends what is missing, and counts what is there', async () => {
  const { said, terms } = stageOf({});
  expect(await uploadFile(importOf({ partsMissing: [0, 2] }), file, terms)).toBe('');
  expect(said).toEqual([
    ...['4 sent', 'put 0 abcd', '5 sent', '8 sent'],
    ...['put 2 ij', '9 sent', '10 sent', 'complete'],
  ]);
});

it.each([0, 429, 500, 503])('tries again after a %d, and says why it waits', async (status) => {
  const { said, terms } = stageOf({ 'put 2': [refused(status), refused(status)], complete: [refused(status)] });
  expect(await uploadFile(importOf({ partsMissing: [2] }), file, terms)).toBe('');
  const again = [`It is ${status}.`, 'pause'];
  expect(said.filter((word) => !word.endsWith(' sent'))).toEqual([
    ...['put 2 ij', ...again, 'put 2 ij', ...again, 'put 2 ij'],
    ...['complete', ...again, 'complete'],
  ]);
});

it.each([400, 404, 409, 413])('says what a %d says, and ends', async (status) => {
  const { said, terms } = stageOf({ 'put 0': [refused(status)] });
  expect(await uploadFile(importOf(), file, terms)).toBe(`It is ${status}.`);
  expect(said.slice(-2)).toEqual(['1 sent', '0 sent']);
});

it('sends what got lost, and ends where nothing is missing and it is refused all the same', async () => {
  const lost = stageOf({ complete: [refused(409)] });
  expect(await uploadFile(importOf({ partsMissing: [] }), file, lost.terms)).toBe('');
  expect(lost.said.filter((word) => !word.endsWith(' sent'))).toEqual(['complete', 'find', 'put 1 efgh', 'complete']);
  const gone = stageOf({ complete: [refused(404)], find: [refused(404, 'There is no such import.')] });
  expect(await uploadFile(importOf({ partsMissing: [] }), file, gone.terms)).toBe('It is 404.');
});

it('stops when it is told to, and asks for nothing more', async () => {
  const { said, terms } = stageOf({ 'put 1': ['stop'] });
  expect(await uploadFile(importOf(), file, terms)).toBe('');
  expect(said.filter((word) => !word.endsWith(' sent')).at(-1)).toBe('put 1 efgh');
});

it('says so when the file is gone', async () => {
  const moved = { slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }) };
  const { terms } = stageOf({});
  expect(await uploadFile(importOf(), moved as unknown as Blob, terms)).toContain('cannot be read any more');
});
