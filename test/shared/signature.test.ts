import { describe, expect, it } from 'vitest';
import { checkSignature, importWireKey, type SignedRequest, signRequest } from '#shared/wire/signature.ts';

const nowMs = 1_790_000_000_000;
const secret = 'a-secret-of-at-least-thirty-two-characters';
const nonce = Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 255]);
const request: SignedRequest = { audience: 'origin', method: 'GET', target: '/b/x?_HLS_msn=1', body: null };

describe('signed requests', () => {
  it('hold for the request that was signed', async () => {
    const key = await importWireKey('k1', secret);
    const header = await signRequest(key, request, nowMs + 0.4, nonce);
    expect(header).toMatch(/^kid=k1;t=1790000000000;n=00010203040506ff;s=[0-9a-f]{64}$/);
    const mac = header.slice(-64);
    expect(await checkSignature([key], header, request, nowMs + 59_000)).toEqual({ timeMs: nowMs, mac });
  });

  it.each<[string, Partial<SignedRequest>]>([
    ['another method', { method: 'HEAD' }],
    ['another target', { target: '/b/x?_HLS_msn=2' }],
    ['another audience', { audience: 'control' }],
    ['a body', { body: new Uint8Array([1]) }],
  ])('do not hold for %s', async (_, change) => {
    const key = await importWireKey('k1', secret);
    const header = await signRequest(key, request, nowMs, nonce);
    expect(await checkSignature([key], header, { ...request, ...change }, nowMs)).toBe('wrong');
  });

  it('do not hold with another key, kid, time, nonce or form', async () => {
    const key = await importWireKey('k1', secret);
    const other = await importWireKey('k1', `${secret}!`);
    const header = await signRequest(key, request, nowMs, nonce);
    expect(await checkSignature([other], header, request, nowMs)).toBe('wrong');
    expect(await checkSignature([key], header.replace('k1', 'k2'), request, nowMs)).toBe('unknown_key');
    expect(await checkSignature([key], header, request, nowMs + 60_001)).toBe('clock_skew');
    expect(await checkSignature([key], header, request, nowMs - 60_001)).toBe('clock_skew');
    expect(await checkSignature([key], header.replace('t=1790', 't=1791'), request, nowMs + 1e9)).toBe('wrong');
    expect(await checkSignature([key], header.replace('n=00', 'n=01'), request, nowMs)).toBe('wrong');
    expect(await checkSignature([key], header.replace(/n=\w+;/, ''), request, nowMs)).toBe('malformed');
    expect(await checkSignature([key], `${header}0`, request, nowMs)).toBe('malformed');
    expect(await checkSignature([key], null, request, nowMs)).toBe('missing');
  });

  it('differ where the same is asked at the same time', async () => {
    const key = await importWireKey('k1', secret);
    const other = nonce.toReversed();
    const [one = '', two = ''] = await Promise.all(
      [nonce, other].map((each) => signRequest(key, request, nowMs, each)),
    );
    expect(one.slice(-64)).not.toBe(two.slice(-64));
  });

  it('have one MAC however their time is written', async () => {
    const key = await importWireKey('k1', secret);
    const header = await signRequest(key, request, nowMs, nonce);
    const again = await checkSignature([key], header.replace('t=', 't=00'), request, nowMs);
    expect(again).toEqual(await checkSignature([key], header, request, nowMs));
  });

  it('are checked against every known key, so that keys can be rotated', async () => {
    const keys = [await importWireKey('k2', `${secret}2`), await importWireKey('k1', secret)];
    const header = await signRequest(keys[1] as (typeof keys)[0], request, nowMs, nonce);
    expect(await checkSignature(keys, header, request, nowMs)).toMatchObject({ timeMs: nowMs });
  });
});
