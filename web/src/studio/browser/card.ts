import { announce } from '../../page/announce.ts';
import { byId, make, setText } from '../../page/element.ts';
import { whileBusy } from '../dom.ts';
import type { Studio } from '../studio.ts';
import { type Capture, type CaptureKind, listDevices, startCapture } from './capture.ts';
import { Cast } from './cast.ts';
import { chooseFormat } from './format.ts';
import { type CastState, captureTrouble, castSentence, unsupportedWhy } from './words.ts';

/** Label of the keys that this page makes for itself. */
const keyLabel = 'This browser';

/** Starts the card of studio.html with which a streamer goes live without an encoder. */
export function startBrowserCard(studio: Studio): void {
  const format = globalThis.MediaRecorder ? chooseFormat((type) => MediaRecorder.isTypeSupported(type)) : null;
  const has = { secure: isSecureContext, capture: navigator.mediaDevices !== undefined, format: format !== null };
  const why = unsupportedWhy(has);
  const sentence = byId('cast-sentence', HTMLElement);
  byId('cast-controls', HTMLElement).hidden = why !== null;
  if (why !== null || !format) {
    setText(sentence, why ?? '');
    return;
  }
  const card = new Card(studio, (cast) => new Cast({ ...cast, format }));
  card.show({ name: 'off' });
}

type MakeCast = (options: Omit<ConstructorParameters<typeof Cast>[0], 'format'>) => Cast;

class Card {
  readonly #studio: Studio;
  readonly #makeCast: MakeCast;
  readonly #view = byId('cast-view', HTMLVideoElement);
  readonly #camera = byId('cast-camera', HTMLSelectElement);
  readonly #microphone = byId('cast-microphone', HTMLSelectElement);
  #kind: CaptureKind = 'camera';
  #capture: Capture | null = null;
  #cast: Cast | null = null;
  #size = '';
  /** Lets a phone's screen go dark again. */
  #wakeLock: WakeLockSentinel | null = null;
  /** Takes the key back that this broadcast was made with. */
  #forgetKey: () => Promise<void> = async () => {};

  constructor(studio: Studio, makeCast: MakeCast) {
    this.#studio = studio;
    this.#makeCast = makeCast;
    for (const kind of ['camera', 'screen'] as const) {
      const button = byId(`cast-${kind}-on`, HTMLButtonElement);
      button.hidden = kind === 'screen' && !('getDisplayMedia' in navigator.mediaDevices);
      button.addEventListener('click', () => whileBusy(button, () => this.#open(kind)));
    }
    for (const select of [this.#camera, this.#microphone]) {
      select.addEventListener('change', () => void this.#open(this.#kind));
    }
    const start = byId('cast-start', HTMLButtonElement);
    start.addEventListener('click', () => whileBusy(start, () => this.#start()));
    const stop = byId('cast-stop', HTMLButtonElement);
    stop.addEventListener('click', () => whileBusy(stop, () => this.#stop()));
    // A phone that is turned, a window that is made larger: a recording has one size.
    this.#view.addEventListener('resize', () => {
      const size = `${this.#view.videoWidth}x${this.#view.videoHeight}`;
      if (this.#size !== '' && size !== this.#size) this.#cast?.restart();
      this.#size = size;
    });
    addEventListener('beforeunload', (event) => {
      if (this.#cast) event.preventDefault();
    });
  }

  show(state: CastState): void {
    setText(byId('cast-sentence', HTMLElement), castSentence(state));
    const isOn = this.#cast !== null;
    byId('cast-box', HTMLElement).dataset.state = state.name;
    byId('cast-choice', HTMLElement).hidden = isOn;
    byId('cast-start', HTMLButtonElement).hidden = isOn || !this.#capture;
    byId('cast-stop', HTMLButtonElement).hidden = !isOn;
    byId('cast-preview', HTMLElement).hidden = !this.#capture;
    byId('cast-devices', HTMLElement).hidden = !this.#capture || isOn;
    if (state.name === 'live' || state.name === 'over') announce(castSentence(state));
  }

  async #open(kind: CaptureKind): Promise<void> {
    const wish = { kind, camera: this.#camera.value, microphone: this.#microphone.value };
    this.#release();
    this.show({ name: 'asking' });
    try {
      this.#capture = await startCapture(wish);
    } catch (error) {
      this.show({ name: 'over', sentence: captureTrouble(error) });
      return;
    }
    this.#kind = kind;
    this.#size = '';
    this.#view.srcObject = this.#capture.stream;
    // The streamer stopped sharing in the browser's own bar, or pulled the plug.
    this.#capture.video.addEventListener('ended', () => void this.#stop());
    const { cameras, microphones } = await listDevices();
    fillDevices(this.#camera, kind === 'camera' ? cameras : []);
    fillDevices(this.#microphone, microphones);
    this.show({ name: 'ready' });
  }

  async #start(): Promise<void> {
    const capture = this.#capture;
    if (!capture) return;
    const channel = this.#studio.channel();
    const made = await this.#studio.api.send('POST', `/channels/${channel}/keys`, { label: keyLabel });
    if (!made.ok) {
      this.show({ name: 'over', sentence: made.sentence });
      return;
    }
    const { id, streamKey } = made.body;
    this.#forgetKey = async () => void (await this.#studio.api.send('DELETE', `/channels/${channel}/keys/${id}`));
    const { stream } = capture;
    this.#cast = this.#makeCast({ stream, channel, streamKey, onState: (state) => void this.#told(state) });
    this.#wakeLock = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null;
  }

  async #told(state: CastState): Promise<void> {
    if (state.name === 'over') {
      this.#cast = null;
      await this.#forget();
    }
    this.show(state);
  }

  /** Ends the broadcast, too: the key that it was made with goes. */
  async #stop(): Promise<void> {
    const cast = this.#cast;
    this.#cast = null;
    await cast?.stop();
    this.#release();
    if (cast) await this.#forget();
    this.show({ name: 'off' });
  }

  async #forget(): Promise<void> {
    void this.#wakeLock?.release();
    this.#wakeLock = null;
    await this.#forgetKey();
    this.#forgetKey = async () => {};
    this.#studio.look();
  }

  #release(): void {
    this.#capture?.stop();
    this.#capture = null;
    this.#view.srcObject = null;
  }
}

function fillDevices(select: HTMLSelectElement, devices: readonly MediaDeviceInfo[]): void {
  const chosen = select.value;
  const options = devices.map(({ deviceId, label }, at) => {
    const option = make('option', '', label || `Device ${at + 1}`);
    option.value = deviceId;
    return option;
  });
  select.replaceChildren(...options);
  if (devices.some(({ deviceId }) => deviceId === chosen)) select.value = chosen;
  const line = select.closest('.value-line');
  if (line instanceof HTMLElement) line.hidden = devices.length < 2;
}
