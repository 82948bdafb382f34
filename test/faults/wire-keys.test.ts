import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importWireKey } from '#shared/wire/signature.ts';
import { createControlClient } from '../../origin/broadcast/control-client.ts';
import { splitWireKeys } from '../../origin/config/config.ts';
import { noteSecrets } from '../support/canary-notes.ts';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { type Edge, startEdge, testSecrets } from '../support/edge.ts';
import { makeFlvFile, readFlvFile } from '../support/flv-file.ts';
import { numbersOf, readHlsEdge } from '../support/hls-edge.ts';
import { pollUntil } from '../support/poll.ts';
import { RealOrigin, smallSource } from '../support/real-origin.ts';
import { publishTags, type TagPublisher } from '../support/tag-publisher.ts';

/** Keys between origin and edge are rotated as docs/operate/first-deploy.md says it: origins restart, PoPs are deployed. */

const old = testSecrets.WIRE_KEYS;
const fresh = `k2:${'r'.repeat(32)}`;
const steps = [`${old} ${fresh}`, `${fresh} ${old}`, fresh];
/** A publisher and an origin that begin anew on a busy machine. */
const stepMs = 60_000;

let folder: string;
let edge: Edge;
let toControl: CountingProxy;
let toOrigin: CountingProxy;
let origin: RealOrigin;
let publisher: TagPublisher;

beforeEach(async () => {
  noteSecrets({ WIRE_KEYS: fresh });
  folder = await mkdtemp(join(tmpdir(), 'headwater-wire-'));
  // Addresses that stay: PoPs and origin are at others after each start.
  [toControl, toOrigin] = await Promise.all([startCountingProxy(), startCountingProxy()]);
  const pops = ['fra', 'ams'].map((name) => ({ name, continent: 'EU' }));
  edge = await startEdge({ originUrl: 'http://127.0.0.1:9', pops });
  toControl.target = edge.url('ams');
}, 60_000);
afterEach(async () => {
  await publisher?.stop();
  await origin?.stop();
  await edge?.stop();
  await Promise.all([toControl?.close(), toOrigin?.close()]);
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function startOrigin(wireKeys: string): Promise<void> {
  origin = await RealOrigin.start({ folder, controlUrl: toControl.url, publicUrl: toOrigin.url, wireKeys });
  toOrigin.target = origin.httpUrl;
}

test('origin processes restart with other wire keys, PoPs are deployed with them: one broadcast goes on, and nobody is refused', async () => {
  const channel = await edge.addChannel();
  const { json: key } = await edge.person('POST', `/channels/${channel}/keys`, { label: 'One' });
  const tags = readFlvFile(await makeFlvFile(...smallSource(180)), 0);
  const publish = async () => {
    publisher = await publishTags(`${origin.rtmpUrl}/${key.streamKey}`, tags);
  };
  /** What a viewer was answered, and the newest segment of each playlist that came. */
  const [statuses, newest] = [new Set<number>(), [-1]];
  const look = async () => {
    const live = await fetch(new URL(`/live/${channel}/index.m3u8`, edge.url('fra')));
    statuses.add(live.status);
    const variant = /^[^#].*index\.m3u8$/m.exec(await live.text())?.[0];
    if (!live.ok || variant === undefined) return;
    const media = await fetch(new URL(variant, live.url));
    statuses.add(media.status);
    const text = await media.text();
    if (!media.ok) return;
    expect(text).not.toContain('#EXT-X-ENDLIST');
    const { segments } = readHlsEdge(text);
    const segment = await fetch(new URL(segments.at(-1) ?? '', media.url));
    statuses.add(segment.status);
    await segment.arrayBuffer();
    if (segment.ok) newest.push(numbersOf(segments.at(-1) ?? '').msn);
  };
  /** Media that is made from now on reaches the viewer, and the origin is heard. */
  const goesOn = async (step: string) => {
    const [msn, asked] = [newest.at(-1) ?? -1, toControl.requests.length];
    const isHeard = () => toControl.requests.slice(asked).some(({ status }) => status !== null && status < 300);
    const isThere = async () => {
      await look();
      return (newest.at(-1) ?? -1) > msn + 1 && isHeard();
    };
    await pollUntil(isThere, `media with ${step}`, stepMs, 100).catch((cause) => {
      const events = origin.log.slice(-12).map(({ event, code }) => [event, code].join(' '));
      const heard = toControl.requests.slice(-6).map(({ target, status }) => `${target} ${status}`);
      const seen = { newest: newest.at(-1), statuses: [...statuses], events, heard, refusal: publisher.refusal() };
      throw new Error(`no media with ${step}: ${JSON.stringify(seen)}`, { cause });
    });
  };
  await startOrigin(old);
  await publish();
  await goesOn('the old keys');
  const broadcastOf = async () => (await edge.person('GET', `/channels/${channel}`)).json.broadcast;
  const broadcast = await broadcastOf();
  for (const [index, step] of steps.entries()) {
    await edge.deploy(['pop-fra', 'pop-ams', 'shield'], { vars: { ...testSecrets, WIRE_KEYS: step } });
    toControl.target = edge.url('ams');
    await goesOn(`step ${index + 1} at the PoPs`);
    await origin.stop();
    await publisher.stop();
    await startOrigin(step);
    await publish();
    await goesOn(`step ${index + 1} at both`);
  }
  expect(await broadcastOf()).toBe(broadcast);
  expect(newest).toEqual(newest.toSorted((a, b) => a - b));
  expect([...statuses].filter((status) => status === 401 || status === 403)).toEqual([]);
  expect(toControl.requests.filter(({ status }) => status === 401)).toEqual([]);
  const [{ kid, secret }] = splitWireKeys(old) as [{ kid: string; secret: string }];
  const dropped = createControlClient(toControl.url, await importWireKey(kid, secret), Date.now);
  const beat = { origin: 'origin-1', url: toOrigin.url, version: '0', broadcasts: [], load: 0, ingest: null };
  await expect(dropped.heartbeat(beat)).rejects.toMatchObject({ status: 401 });
}, 400_000);
