import { expect, test } from 'vitest';
import { foreignUrlOn, parseForeignUrl } from '../../../workers/access/foreign-url.ts';

const hosts =
  'media.example.com, live.example.com:8443 127.0.0.1:8080 localhost:8081 [::1]:8082 10.0.0.5:443 [fd00::1]:443';

test.each([
  'https://media.example.com/a/b.m3u8',
  'https://MEDIA.example.com:443/a/b.m3u8?key=1',
  'https://live.example.com:8443/b.mpd',
  'http://127.0.0.1:8080/hls/a.m3u8',
  'http://localhost:8081/a.m3u8',
  'http://[::1]:8082/a.m3u8',
])('%s may be a source', (url) => {
  expect(parseForeignUrl(url, hosts)).toBeInstanceOf(URL);
});

test.each([
  ['not an address', 'malformed'],
  ['https://media.example.com/a.m3u8#x', 'malformed'],
  ['https:media.example.com/a.m3u8', 'malformed'],
  ['https://media.example.com\\@127.0.0.1/a.m3u8', 'userinfo'],
  ['https://m%65dia.example.com/a.m3u8', 'malformed'],
  ['http://media.example.com/a.m3u8', 'scheme'],
  ['ftp://media.example.com/a.m3u8', 'scheme'],
  ['file:///etc/passwd', 'scheme'],
  ['https://user:pw@media.example.com/a.m3u8', 'userinfo'],
  ['https://@media.example.com/a.m3u8', 'userinfo'],
  ['https://media.example.com.evil.example/a.m3u8', 'not_listed'],
  ['https://media.example.com:8443/a.m3u8', 'not_listed'],
  ['https://other.example/a.m3u8', 'not_listed'],
  ['http://127.0.0.1:9090/a.m3u8', 'not_listed'],
  ['http://127.0.0.1/a.m3u8', 'not_listed'],
  ['http://2130706433:8080/a.m3u8', 'address'],
  ['http://0x7f.1:8080/a.m3u8', 'address'],
  ['http://0177.0.0.1:8080/a.m3u8', 'address'],
  ['http://127.1:8080/a.m3u8', 'address'],
  ['http://[::ffff:127.0.0.1]:8080/a.m3u8', 'address'],
  ['http://[::ffff:7f00:1]/a.m3u8', 'address'],
  ['https://[::ffff:a9fe:a9fe]/latest/meta-data', 'address'],
  ['http://169.254.169.254/latest/meta-data', 'address'],
  ['https://10.0.0.5/a.m3u8', 'address'],
  ['https://172.20.0.1/a.m3u8', 'address'],
  ['https://192.168.1.1/a.m3u8', 'address'],
  ['https://100.64.0.1/a.m3u8', 'address'],
  ['https://0.0.0.0/a.m3u8', 'address'],
  ['https://[fd00::1]/a.m3u8', 'address'],
  ['https://[fe80::1]/a.m3u8', 'address'],
  ['https://[64:ff9b::7f00:1]/a.m3u8', 'address'],
  ['https://[2002:7f00:1::]/a.m3u8', 'address'],
  ['https://metadata.google.internal/a.m3u8', 'address'],
  ['https://printer.local/a.m3u8', 'address'],
])('%s may not: %s', (url, fault) => {
  expect(parseForeignUrl(url, `${hosts} 169.254.169.254:80 metadata.google.internal`)).toBe(fault);
});

test('nothing may while no host is listed', () => {
  expect(parseForeignUrl('https://media.example.com/a.m3u8', undefined)).toBe('not_listed');
  expect(parseForeignUrl('http://localhost/a.m3u8', 'localhost')).toBe('not_listed');
});

test('a host without its scheme: https, plain only on a listed loopback', () => {
  expect(foreignUrlOn('media.example.com', '/a.ts?x=1', hosts)?.href).toBe('https://media.example.com/a.ts?x=1');
  expect(foreignUrlOn('127.0.0.1:8080', '/a.ts', hosts)?.href).toBe('http://127.0.0.1:8080/a.ts');
  expect(foreignUrlOn('evil.example', '/a.ts', hosts)).toBeNull();
  expect(foreignUrlOn('x@media.example.com', '/a.ts', hosts)).toBeNull();
});
