import { describe, expect, it } from 'vitest';
import {
  checkSignature,
  importWireKey,
  type SignedRequest,
  signingClock,
  signRequest,
} from '#shared/wire/signature.ts';

const nowMs = 1_790_000_000_000;
const secret = 'a-secret-of-at-least-thirty-two-characters';
const request: SignedRequest = { audience: 'origin', method: 'GET', target: '/b/x?_HLS_msn=1', body: null };

describe('signed requests', () => {
  it('hold for the request that was signed', async () => {
    const key = await importWireKey('k1', secret);
    const header = await signRequest(key, request, nowMs);
    expect(header).toMatch(/^kid=k1;t=1790000000000;s=[0-9a-f]{64}$/);
    expect(await checkSignature([key], header, request, nowMs + 59_000)).toBeNull();
  });

  it.each<[string, Partial<SignedRequest>]>([
    ['another method', { method: 'HEAD' }],
    ['another target', { target: '/b/x?_HLS_msn=2' }],
    ['another audience', { audience: 'control' }],
    ['a body', { body: new Uint8Array([1]) }],
  ])('do not hold for %s', async (_, change) => {
    const key = await importWireKey('k1', secret);
    const header = await signRequest(key, request, nowMs);
    expect(await checkSignature([key], header, { ...request, ...change }, nowMs)).toBe('wrong');
  });

  it('do not hold with another key, kid, time or form', async () => {
    const key = await importWireKey('k1', secret);
    const other = await importWireKey('k1', `${secret}!`);
    const header = await signRequest(key, request, nowMs);
    expect(await checkSignature([other], header, request, nowMs)).toBe('wrong');
    expect(await checkSignature([key], header.replace('k1', 'k2'), request, nowMs)).toBe('unknown_key');
    expect(await checkSignature([key], header, request, nowMs + 60_001)).toBe('clock_skew');
    expect(await checkSignature([key], header, request, nowMs - 60_001)).toBe('clock_skew');
    expect(await checkSignature([key], header.replace('t=1', 't=2'), request, 2 * nowMs)).not.toBeNull();
    expect(await checkSignature([key], `${header}0`, request, nowMs)).toBe('malformed');
    expect(await checkSignature([key], null, request, nowMs)).toBe('missing');
  });

  it('are never made at the same time twice, and not far from the clock', () => {
    let clockMs = nowMs + 0.4;
    const signingTime = signingClock(() => clockMs);
    expect([signingTime(), signingTime(), signingTime()]).toEqual([nowMs, nowMs + 1, nowMs + 2]);
    clockMs -= 5;
    expect(signingTime()).toBe(nowMs + 3);
    clockMs += 1_000;
    expect(signingTime()).toBe(nowMs + 995);
  });

  it('are checked against every known key, so that keys can be rotated', async () => {
    const keys = [await importWireKey('k2', `${secret}2`), await importWireKey('k1', secret)];
    const header = await signRequest(keys[1] as (typeof keys)[0], request, nowMs);
    expect(await checkSignature(keys, header, request, nowMs)).toBeNull();
  });
});
