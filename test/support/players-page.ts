import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

/** `shaka-dash`: Shaka as it plays low-latency DASH best; `hls-standard`: hls.js without low-latency mode. */
export type PagePlayer = 'shaka' | 'shaka-dash' | 'hls' | 'hls-standard' | 'dash';

export interface PlayersPage {
  /**
   * A page that plays a manifest muted; what went wrong is in `playerErrors` (of Shaka also what it got over), and `playedMs()` tells when that was
   * captured which is shown, ms since the Unix epoch, 0 before there is something.
   */
  url(player: PagePlayer, manifest: string): string;
  close(): Promise<void>;
}

const playHls = (options: string) => `
const player = new Hls(${options});
player.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) playerErrors.push(data.details); });
player.loadSource(manifest);
player.attachMedia(video);
player.on(Hls.Events.MANIFEST_PARSED, () => video.play());
globalThis.playedMs = () => (video.readyState === 0 ? 0 : (player.playingDate?.getTime() ?? 0));
`;

const shaka = (configuration: object) => `
const player = new shaka.Player();
// Those of severity 1 are got over by trying again.
const told = ({ severity, code, data }) =>
  [severity === 1 ? 'recovered' : 'critical', code, ...data.filter((one) => typeof one !== 'object')].join(' ');
player.addEventListener('error', ({ detail }) => playerErrors.push(detail.data ? told(detail) : String(detail)));
player.attach(video).then(async () => {
  player.configure(${JSON.stringify(configuration)});
  await player.load(manifest);
  await video.play();
}).catch((error) => playerErrors.push(String(error.code ?? error)));
globalThis.playedMs = () => (video.readyState === 0 ? 0 : player.getPlayheadTimeAsDate().getTime());
`;

/**
 * For DASH: Shaka applies its low-latency defaults too late for the first manifest (autoCorrectDrift), adds
 * suggestedPresentationDelay to the latency that ServiceDescription asks for, and counts latency from its seek range.
 */
const shakaDash = {
  streaming: { lowLatencyMode: true, liveSync: { enabled: true, targetLatency: 0.5, targetLatencyTolerance: 0.2 } },
  manifest: {
    dash: { autoCorrectDrift: false, ignoreSuggestedPresentationDelay: true },
    defaultPresentationDelay: 0.5,
  },
};

const scripts: Readonly<Record<PagePlayer, string>> = {
  shaka: shaka({ streaming: { lowLatencyMode: true } }),
  'shaka-dash': shaka(shakaDash),
  hls: playHls('{}'),
  'hls-standard': `${playHls('{ lowLatencyMode: false }')}
let pictures = null;
// Shows the I-frame that lies so many seconds before the end on a second video element.
globalThis.seekPicture = async (back) => {
  const second = document.querySelectorAll('video')[1] ?? document.body.appendChild(document.createElement('video'));
  if (!pictures) {
    pictures = player.createIFramePlayer();
    pictures.on(Hls.Events.ERROR, (_, data) => playerErrors.push('pictures: ' + data.details));
    pictures.attachMedia(second);
  }
  const wantedS = video.seekable.end(0) - back;
  pictures.loadMediaAt(wantedS, { seekOnAppend: true });
  while (second.readyState < 2 || second.seeking || Math.abs(second.currentTime - wantedS) > 2) {
    await new Promise((done) => requestAnimationFrame(done));
  }
  return { wantedS, atS: second.currentTime, width: second.videoWidth };
};
`,
  dash: `
const player = dashjs.MediaPlayer().create();
player.on('error', ({ error }) => playerErrors.push(String(error.code) + ' ' + error.message));
// Told at the end of each Period.
player.on('playbackEnded', ({ isLast }) => { globalThis.playerEnded = isLast !== false; });
player.initialize(video, manifest, true);
// A stranger's server.
player.clearDefaultUTCTimingSources();
globalThis.playedMs = () => (video.readyState === 0 ? 0 : player.timeAsUTC() * 1000);
`,
};

const libraries: Readonly<Record<PagePlayer, string>> = {
  shaka: 'shaka-player/dist/shaka-player.compiled.js',
  'shaka-dash': 'shaka-player/dist/shaka-player.compiled.js',
  hls: 'hls.js/dist/hls.min.js',
  'hls-standard': 'hls.js/dist/hls.min.js',
  dash: 'dashjs',
};

const prologue = `globalThis.playerErrors = [];
const video = document.querySelector('video');
const manifest = new URLSearchParams(location.search).get('manifest');
`;

/** Serves pages with players of others, from another origin than the PoPs, so that CORS is in play. */
export async function startPlayersPage(): Promise<PlayersPage> {
  const files = new Map<string, readonly [string, string | Buffer]>();
  const { resolve } = createRequire(import.meta.url);
  for (const player of Object.keys(scripts) as PagePlayer[]) {
    const head = '<!doctype html><meta charset="utf-8"><title>Player</title><video muted playsinline></video>';
    files.set(`/${player}`, [
      'text/html',
      `${head}<script src="/${player}/lib.js"></script><script src="/${player}/page.js"></script>`,
    ]);
    files.set(`/${player}/lib.js`, ['text/javascript', await readFile(resolve(libraries[player]))]);
    files.set(`/${player}/page.js`, ['text/javascript', prologue + scripts[player]]);
  }
  const server = createServer((request, response) => {
    const [type, body] = files.get(new URL(request.url ?? '/', 'http://page').pathname) ?? [null, ''];
    response.writeHead(type ? 200 : 404, { 'content-type': type ?? 'text/plain' }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: (player, manifest) => `http://127.0.0.1:${port}/${player}?manifest=${encodeURIComponent(manifest)}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}
