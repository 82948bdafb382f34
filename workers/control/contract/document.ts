import type { OpenAPIHono } from '@hono/zod-openapi';
import { tags } from './operation.ts';

const info = {
  title: 'Headwater',
  version: '1.0.0',
  description: "The control plane's API. Times are ms since the Unix epoch; errors are problem documents (RFC 9457).",
  license: { name: 'MIT', identifier: 'MIT' },
};

/** The API's OpenAPI document: what its mounted calls say of themselves. */
// biome-ignore lint/suspicious/noExplicitAny: the document is the same whatever the bindings are
export function openApiDocument(api: OpenAPIHono<any>) {
  const document = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info,
    servers: [{ url: '/api/v1', description: 'Every PoP.' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
  });
  const token = { type: 'http', scheme: 'bearer', description: 'A token of this API.' } as const;
  return { ...document, components: { ...document.components, securitySchemes: { token } } };
}
