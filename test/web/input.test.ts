import { describe, expect, it } from 'vitest';
import { startPlaying } from '../../web/src/player/autoplay.ts';
import { protocolOf } from '../../web/src/player/choose-engine.ts';
import { commandOf, type KeyPress } from '../../web/src/player/keyboard.ts';
import { channelOf } from '../../web/src/watch/channel.ts';

describe('the address', () => {
  it.each([
    ['/watch/demo', 'demo'],
    ['/watch/north-stage_2/', 'north-stage_2'],
    ['/watch/', null],
    ['/watch/a/b', null],
    ['/watch/%3Cscript%3E', null],
    ['/watch/..', null],
    ['/', null],
  ])('%s names %s', (path, channel) => expect(channelOf(path)).toBe(channel));

  it('chooses the engine', () => {
    expect(['', '?engine=dash', '?engine=hls', '?x=1'].map(protocolOf)).toEqual(['hls', 'dash', 'hls', 'hls']);
  });
});

describe('keys', () => {
  const press = (key: string, focus: KeyPress['focus'] = 'page', modified = false) =>
    commandOf({ key, focus, modified });

  it.each([
    [' ', 'toggle-play'],
    ['K', 'toggle-play'],
    ['j', 'back-10'],
    ['l', 'forward-10'],
    ['ArrowLeft', 'back-5'],
    ['ArrowRight', 'forward-5'],
    ['ArrowUp', 'louder'],
    ['ArrowDown', 'quieter'],
    ['m', 'toggle-mute'],
    ['f', 'toggle-fullscreen'],
    ['s', 'toggle-stats'],
    ['End', 'go-live'],
    ['?', 'help'],
    ['c', 'toggle-captions'],
    ['x', 'clip'],
    ['>', 'faster'],
    ['<', 'slower'],
    ['q', null],
    ['constructor', null],
  ])('%s is %s', (key, command) => expect(press(key)).toBe(command));

  it('leaves keys to what has the focus and to the browser', () => {
    expect(press(' ', 'button')).toBeNull();
    expect(press('k', 'button')).toBe('toggle-play');
    expect(press('ArrowLeft', 'slider')).toBeNull();
    expect(press('m', 'slider')).toBe('toggle-mute');
    expect(press('k', 'text')).toBeNull();
    expect(press('s', 'page', true)).toBeNull();
  });
});

describe('autoplay', () => {
  const refusal = () => Promise.reject(new DOMException('a person has to click', 'NotAllowedError'));

  it('plays with sound where the browser lets it', async () => {
    const video = { muted: false, play: () => Promise.resolve() };
    expect([await startPlaying(video), video.muted]).toEqual(['sound', false]);
  });

  it('mutes when sound is refused', async () => {
    const video = { muted: false, play: (): Promise<void> => (video.muted ? Promise.resolve() : refusal()) };
    expect([await startPlaying(video), video.muted]).toEqual(['muted', true]);
  });

  it('gives the sound back when even a silent start is refused', async () => {
    const video = { muted: false, play: refusal };
    expect([await startPlaying(video), video.muted]).toEqual(['refused', false]);
  });

  it('does not take an attempt that was overtaken for a refusal', async () => {
    const video = { muted: false, play: () => Promise.reject(new DOMException('a new load', 'AbortError')) };
    expect([await startPlaying(video), video.muted]).toEqual(['sound', false]);
  });
});
