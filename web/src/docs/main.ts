import reference from 'scalar-reference?url';

interface Scalar {
  createApiReference(selector: string, configuration: object): unknown;
}

/** Everything from this server: no fonts, no proxy, no assistants of anybody else. */
const configuration = Object.freeze({
  url: '/api/v1/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
});

// As it comes, and not through the bundler: it is large, built already, and of this page alone.
const script = document.createElement('script');
script.src = reference;
script.addEventListener('load', () => {
  (window as unknown as { readonly Scalar: Scalar }).Scalar.createApiReference('#reference', configuration);
});
document.head.append(script);
