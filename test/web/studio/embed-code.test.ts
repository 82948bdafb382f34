import { expect, test } from 'vitest';
import { embedCode } from '../../../web/src/studio/embed-code.ts';

test('the code shows the player alone, and what a title holds stays a title', () => {
  expect(embedCode('https://pop.example/embed/news?token=a.b.c', 'A "live" <b>&')).toBe(
    '<iframe src="https://pop.example/embed/news?token=a.b.c" title="A &#34;live&#34; &#60;b&#62;&#38;" ' +
      'style="width:100%;aspect-ratio:16/9;border:0" allow="autoplay; fullscreen; picture-in-picture"></iframe>',
  );
});
