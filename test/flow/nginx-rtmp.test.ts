import { afterAll, beforeAll, expect, it } from 'vitest';
import { runConformance } from '../../conformance/run.ts';
import { EdgeStage } from '../support/edge-stage.ts';
import { type NginxRtmp, startNginxRtmp } from '../support/nginx-rtmp.ts';
import { pollUntil } from '../support/poll.ts';

let nginx: NginxRtmp;
let stage: EdgeStage;
let path: string;

beforeAll(async () => {
  nginx = await startNginxRtmp();
  stage = await EdgeStage.start({ vars: { FOREIGN_HOSTS: nginx.host } });
  const channel = await stage.edge.addChannel();
  await stage.edge.sql('UPDATE channels SET source_url = ?1 WHERE id = ?2', nginx.url, channel);
  path = `/live/${channel}/index.m3u8`;
  await pollUntil(async () => (await stage.get(path)).status === 200, 'the channel to begin', 30_000);
}, 90_000);
afterAll(async () => {
  await stage?.stop();
  await nginx?.stop();
}, 30_000);

const known = [
  // Its first segment has EXT-X-DISCONTINUITY, and it never counts those that left.
  'hls-discontinuity-sequence',
  // Its names come back after a restart, so no PoP may call its media immutable.
  'rule-22',
];

/** What a PoP in front of it has to pass, whatever the moment at which one looks. */
const passed = [
  ...['hls-parse', 'hls-content-type', 'hls-target-duration', 'hls-media-sequence', 'hls-segments-constant'],
  ...['hls-segments-answer', 'hls-fresh', 'hls-durations', 'hls-independent'],
  ...['rule-11', 'rule-18', 'rule-19', 'rule-26', 'rule-28', 'rule-30', 'rule-45', 'cors'],
];

it('a PoP in front of nginx-rtmp passes what that server can pass; what it cannot is known by name', async () => {
  const report = await runConformance({ url: new URL(path, stage.edge.url('fra')).href, durationS: 12 });
  const idsOf = (verdict: string) => report.results.filter((one) => one.verdict === verdict).map(({ id }) => id);
  const surprising = report.results.filter(
    ({ id, verdict }) => (verdict === 'fail' || verdict === 'warn') && !known.includes(id),
  );
  expect(surprising).toEqual([]);
  expect(passed.filter((id) => !idsOf('pass').includes(id))).toEqual([]);
}, 60_000);

it('what is known is no doing of the PoP: the server shows it by itself', async () => {
  const report = await runConformance({ url: nginx.url, durationS: 3 });
  const missing = report.results.filter(({ id, verdict }) => id === 'cors' && verdict !== 'pass');
  expect(missing.length).toBe(1); // and CORS, which the PoP adds
  const playlist = await (await fetch(nginx.url)).text();
  expect(playlist).not.toContain('DISCONTINUITY-SEQUENCE');
}, 30_000);
