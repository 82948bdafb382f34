/** What the card of going live from the browser is about at the moment. */
export type CastState =
  | { readonly name: 'off' }
  | { readonly name: 'asking' }
  | { readonly name: 'ready' }
  | { readonly name: 'connecting' }
  | { readonly name: 'live'; readonly isSlow: boolean }
  | { readonly name: 'reconnecting' }
  | { readonly name: 'over'; readonly sentence: string };

/** One sentence for each state. */
export function castSentence(state: CastState): string {
  switch (state.name) {
    case 'off':
      return 'Without an encoder: this page sends your camera or your screen.';
    case 'asking':
      return 'Your browser asks whether this page may use it.';
    case 'ready':
      return 'Only you see this. It is sent when you go live.';
    case 'connecting':
      return 'Connecting to the server…';
    case 'live':
      return state.isSlow
        ? 'You are live. Your connection is slow, so the picture is sent with less detail.'
        : 'You are live. Keep this page open and in front: browsers stop cameras of pages that are hidden.';
    case 'reconnecting':
      return 'The connection is gone. Trying again: viewers wait for you.';
    case 'over':
      return state.sentence;
  }
}

/** Why a camera or a screen could not be had (Media Capture and Streams 10.2). */
export function captureTrouble(error: unknown): string {
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
      return 'The browser did not allow it. Allow camera and microphone for this page, then try again.';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'There is no camera or microphone. Connect one, then try again.';
    case 'NotReadableError':
      return 'Another program uses the camera. Close it there, then try again.';
    default:
      return 'The camera cannot be used. Load the page again, or choose another one.';
  }
}

/** Why this browser cannot do it at all; null when it can. */
export function unsupportedWhy(has: { secure: boolean; capture: boolean; format: boolean }): string | null {
  if (!has.secure) return 'Browsers hand out cameras only over https, or on this machine itself.';
  if (!has.capture || !has.format) return 'This browser cannot record. Use another one, or an encoder.';
  return null;
}
