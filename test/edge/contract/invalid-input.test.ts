import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DocumentedCall, documentedCalls, whole } from '../../support/contract.ts';
import { spoiled, valuesOf } from '../../support/schema-arbitrary.ts';
import { ControlStage } from '../control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
  await stage.person('POST', '/channels', { id: 'news', title: 'News' });
}, 30_000);
afterAll(() => stage?.stop());

/** Their desks and couriers are Durable Objects, which this stage does without. */
const elsewhere = /^(?:(?:create|list|delete)Revocation|revokeLink|killSigningKey)/;
const callsWithInput = documentedCalls.filter(
  (call) =>
    !elsewhere.test(call.operationId) && (call.requestBody || call.parameters?.some((one) => one.in === 'query')),
);

const bodyOf = (call: DocumentedCall) => whole(call.requestBody?.content?.['application/json']?.schema ?? {});

/** Inputs right, nearly right and wrong, for every parameter and the body of a call. */
function inputsOf(call: DocumentedCall) {
  const path = fc.constantFrom('news', 'x', 'b_01jd5m3k8q2wxyz01234', '..%2f', '%00', 'a'.repeat(300));
  const odd = fc.oneof(fc.constantFrom('', '0', '-1', '1e3', '101', '%', "'", 'news'), fc.string({ maxLength: 300 }));
  const query = fc.dictionary(
    fc.constantFrom(...(call.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name), 'other'),
    odd,
    { maxKeys: 3 },
  );
  const schema = bodyOf(call);
  const text = fc.oneof(
    spoiled(schema).map((value) => JSON.stringify(value)),
    valuesOf(schema).map((value) => JSON.stringify(value)),
    fc.constantFrom('', '{', '[]', 'null', '{"title":"\ud800"}', '1'.repeat(70_000)),
  );
  return fc.record({ path, query, body: call.requestBody ? text : fc.constant(undefined) });
}

it.each(callsWithInput.map((call) => [call.operationId, call] as const))(
  '%s answers whatever it is sent with what its document says, and never with 500',
  async (_, call) => {
    // Whatever differs from the document throws in the stage.
    await fc.assert(
      fc.asyncProperty(inputsOf(call), async ({ path, query, body }) => {
        const search = new URLSearchParams(query).toString();
        const at = call.path.replace(/\{\w+\}/g, path) + (search && `?${search}`);
        const { status } = await stage.person(call.method, at, body);
        expect(status).not.toBe(500);
      }),
      { numRuns: 30, interruptAfterTimeLimit: 8_000 },
    );
  },
);
