import { announce } from '../../page/announce.ts';
import { byId, make, setText } from '../../page/element.ts';
import { whileBusy } from '../dom.ts';
import type { Studio } from '../studio.ts';
import { type BroadcastKey, makeBroadcastKey } from './broadcast-key.ts';
import { type Capture, type CaptureKind, listDevices, startCapture } from './capture.ts';
import { Cast } from './cast.ts';
import { chooseFormat } from './format.ts';
import { type CastState, captureTrouble, castSentence, unsupportedWhy } from './words.ts';

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
  /** Grows with each capture that is asked for or let go of: one that comes later than the next is not wanted any more. */
  #asked = 0;
  /** From the press of the button on, before there is a key and a cast. */
  #isOn = false;
  #cast: Cast | null = null;
  /** What this broadcast is published with. */
  #key: BroadcastKey | null = null;
  #size = '';
  /** Lets a phone's screen go dark again. */
  #wakeLock: WakeLockSentinel | null = null;

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
      if (this.#isOn) event.preventDefault();
    });
    addEventListener('pagehide', ({ persisted }) => {
      if (!persisted) void this.#key?.forget();
    });
    // A browser lets go of the lock when the page is hidden, and takes it by itself no more.
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.#cast) void this.#keepAwake();
    });
  }

  show(state: CastState): void {
    const [start, stop] = [byId('cast-start', HTMLButtonElement), byId('cast-stop', HTMLButtonElement)];
    const hasFocus = document.activeElement === start || document.activeElement === stop;
    setText(byId('cast-sentence', HTMLElement), castSentence(state));
    const isOn = this.#isOn;
    byId('cast-box', HTMLElement).dataset.state = state.name;
    byId('cast-choice', HTMLElement).hidden = isOn;
    start.hidden = isOn || !this.#capture;
    stop.hidden = !isOn;
    // A button that goes with the focus on it leaves the keyboard nowhere; a focus elsewhere is left alone.
    if (hasFocus) (isOn ? stop : start).focus();
    byId('cast-preview', HTMLElement).hidden = !this.#capture;
    byId('cast-devices', HTMLElement).hidden = !this.#capture || isOn;
    if (state.name === 'live' || state.name === 'over') announce(castSentence(state));
  }

  async #open(kind: CaptureKind): Promise<void> {
    const wish = { kind, camera: this.#camera.value, microphone: this.#microphone.value };
    this.#release();
    const mine = this.#asked;
    this.show({ name: 'asking' });
    const capture = await startCapture(wish).catch((error: unknown) => {
      if (mine === this.#asked) this.show({ name: 'over', sentence: captureTrouble(error) });
      return null;
    });
    if (!capture) return;
    if (mine !== this.#asked) return capture.stop();
    this.#capture = capture;
    this.#kind = kind;
    this.#size = '';
    this.#view.srcObject = capture.stream;
    // The streamer stopped sharing in the browser's own bar, or pulled the plug.
    capture.video.addEventListener('ended', () => {
      if (this.#capture === capture) void this.#stop();
    });
    const { cameras, microphones } = await listDevices();
    if (mine !== this.#asked) return;
    fillDevices(this.#camera, kind === 'camera' ? cameras : [], capture.camera);
    fillDevices(this.#microphone, microphones, capture.microphone);
    this.show({ name: 'ready' });
  }

  async #start(): Promise<void> {
    const capture = this.#capture;
    if (!capture || this.#isOn) return;
    this.#isOn = true;
    this.show({ name: 'connecting' });
    const channel = this.#studio.channel();
    const made = await makeBroadcastKey(this.#studio.api, channel);
    if (!made.ok) {
      if (this.#capture !== capture) return;
      this.#isOn = false;
      this.show({ name: 'over', sentence: made.sentence });
      return;
    }
    // Ended before it began.
    if (this.#capture !== capture) return made.body.forget();
    this.#key = made.body;
    const cast: Cast = this.#makeCast({
      stream: capture.stream,
      channel,
      streamKey: made.body.streamKey,
      onState: (state) => {
        if (this.#cast === cast) void this.#told(state);
      },
    });
    this.#cast = cast;
    cast.begin();
    await this.#keepAwake();
  }

  async #told(state: CastState): Promise<void> {
    const isOver = state.name === 'over';
    if (isOver) {
      this.#cast = null;
      this.#isOn = false;
    }
    this.show(state);
    if (isOver) await this.#forget();
  }

  /** Ends the broadcast, too: the key that it was made with goes. */
  async #stop(): Promise<void> {
    const cast = this.#cast;
    this.#cast = null;
    await cast?.stop();
    this.#isOn = false;
    this.#release();
    this.show({ name: 'off' });
    if (cast) await this.#forget();
  }

  async #keepAwake(): Promise<void> {
    const lock = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null;
    // Ended while it was asked for.
    if (!this.#cast) return void lock?.release();
    void this.#wakeLock?.release();
    this.#wakeLock = lock;
  }

  async #forget(): Promise<void> {
    void this.#wakeLock?.release();
    this.#wakeLock = null;
    const key = this.#key;
    this.#key = null;
    await key?.forget();
    this.#studio.look();
  }

  #release(): void {
    this.#asked++;
    this.#capture?.stop();
    this.#capture = null;
    this.#view.srcObject = null;
  }
}

/** @param used id of the device that the browser gave, which need not be the one that was wished for */
function fillDevices(select: HTMLSelectElement, devices: readonly MediaDeviceInfo[], used: string): void {
  const options = devices.map(({ deviceId, label }, at) => {
    const option = make('option', '', label || `Device ${at + 1}`);
    option.value = deviceId;
    return option;
  });
  select.replaceChildren(...options);
  if (devices.some(({ deviceId }) => deviceId === used)) select.value = used;
  const line = select.closest('.value-line');
  if (line instanceof HTMLElement) line.hidden = devices.length < 2;
}
