import { expect, test } from 'vitest';
import { rewriteMpd } from '../../../../workers/manifest/mpd/rewrite.ts';
import { splitMpd } from '../../../../workers/manifest/mpd/template.ts';

function rebaseMpd(mpd: string, to: string): string {
  const rewritten = rewriteMpd(splitMpd(mpd), { carry: { prefix: to } }, 0);
  return typeof rewritten === 'string' ? rewritten : rewritten.text;
}

const prefix = '../../b/b_1/';

test('a BaseURL goes in front of everything but ProgramInformation', () => {
  expect(
    rebaseMpd(
      `<?xml version="1.0"?>
<!-- <MPD> is below -->
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" title="a > b" type="dynamic">
  <!-- about -->
  <ProgramInformation><Title>T</Title></ProgramInformation>
  <ServiceDescription id="0"/>
  <Period id="p"><AdaptationSet><BaseURL>inner/</BaseURL></AdaptationSet></Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
</MPD>
`,
      prefix,
    ),
  ).toBe(`<?xml version="1.0"?>
<!-- <MPD> is below -->
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" title="a > b" type="dynamic">
  <!-- about -->
  <ProgramInformation><Title>T</Title></ProgramInformation>
  <BaseURL>../../b/b_1/</BaseURL>
  <ServiceDescription id="0"/>
  <Period id="p"><AdaptationSet><BaseURL>inner/</BaseURL></AdaptationSet></Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
</MPD>
`);
});

test('an MPD without white space stays without', () => {
  expect(rebaseMpd('<MPD><Period/></MPD>', prefix)).toBe(`<MPD><BaseURL>${prefix}</BaseURL><Period/></MPD>`);
});

test('BaseURLs that are there are made longer instead: a second one would be an alternative', () => {
  expect(
    rebaseMpd(
      '<MPD>\n <BaseURL serviceLocation="a">media/</BaseURL>\n <BaseURL>https://cdn/</BaseURL>\n <Period/></MPD>',
      prefix,
    ),
  ).toBe(
    `<MPD>\n <BaseURL serviceLocation="a">${prefix}media/</BaseURL>\n <BaseURL>https://cdn/</BaseURL>\n <Period/></MPD>`,
  );
});

test('what is no MPD is left alone', () => {
  expect(rebaseMpd('<MPDX></MPDX>', prefix)).toBe('<MPDX></MPDX>');
});
