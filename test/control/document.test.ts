import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, it } from 'vitest';
import { apiTypes } from '../../scripts/api-types.ts';
import { apiDocument, documentedCalls } from '../support/contract.ts';

/** What a linter of OpenAPI documents has to say. */
async function lint(document: object): Promise<string[]> {
  const config = await createConfig({
    extends: ['recommended'],
    // Some calls take nothing, so that nothing of them can be wrong.
    rules: { 'operation-4xx-response': 'off', 'operation-operationId-unique': 'error', 'no-ambiguous-paths': 'error' },
  });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  return problems.map(({ ruleId, message, location: [at] }) => `${ruleId}: ${message} ${at?.pointer ?? ''}`);
}

it("a linter has nothing to say about the API's document", async () => {
  expect(await lint(apiDocument)).toEqual([]);
  const [[path, call] = ['', {}]] = Object.entries(apiDocument.paths);
  const spoiled = { ...apiDocument, paths: { [`${path}/{id}`]: call } };
  expect((await lint(spoiled)).join()).toContain('path-parameters-defined');
});

it('every call has a name, a summary, and says who may make it', () => {
  const names = documentedCalls.map(({ operationId }) => operationId);
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => !/^[a-z][A-Za-z]+$/.test(name))).toEqual([]);
  const roles = new Set(documentedCalls.map((call) => call['x-access'].role));
  expect([...roles].sort()).toEqual(['admin', 'anyone', 'owner', 'viewer']);
});

it("clients' types are made of the document as it is: node scripts/api-types.ts", () => {
  for (const [path, text] of Object.entries(apiTypes())) expect(readFileSync(path, 'utf8'), path).toBe(text);
});
