/** Whether what is sent to a URL stays on this machine. */
export function isLoopback(url: string): boolean {
  const { hostname } = URL.parse(url) ?? {};
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname ?? '');
}
