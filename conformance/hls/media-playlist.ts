import { type Attributes, decimal, integer, readAttributes } from './attributes.ts';
import type {
  ByteRange,
  DateRange,
  Defect,
  InitMap,
  MediaPlaylist,
  Part,
  PreloadHint,
  RenditionReport,
  Segment,
  ServerControl,
  Skip,
} from './model.ts';
import { queryParamsOf, serverControl, skip } from './tag-values.ts';

/** What a line of a playlist may change while it is read. */
class Reader {
  readonly defects: Defect[] = [];
  readonly segments: Segment[] = [];
  readonly hints: PreloadHint[] = [];
  readonly reports: RenditionReport[] = [];
  readonly dateRanges: DateRange[] = [];
  parts: Part[] = [];
  version = 1;
  targetDurationS = Number.NaN;
  targetDurationLine = 0;
  mediaSequence = 0;
  discontinuitySequence = 0;
  ended = false;
  type: string | null = null;
  independentSegments = false;
  iFramesOnly = false;
  control: ServerControl | null = null;
  partTargetS: number | null = null;
  skipped: Skip | null = null;
  readonly #url: string;
  #line = 0;
  #run = 0;
  #durationS: number | null = null;
  #range: string | null = null;
  #discontinuity = false;
  #map: InitMap | null = null;
  #key: string | null = null;
  #dateMs: number | null = null;
  #gap = false;
  /** Where the last byte range of each URL ended. */
  readonly #rangeEnds = new Map<string, number>();

  constructor(url: string) {
    this.#url = url;
  }

  line(number: number, text: string): void {
    this.#line = number;
    if (text === '') return;
    if (!text.startsWith('#')) this.#segment(text);
    else if (text.startsWith('#EXT')) this.#tag(text);
  }

  defect(text: string): void {
    this.defects.push({ line: this.#line, text });
  }

  get isDiscontinuous(): boolean {
    return this.#discontinuity;
  }

  get #msn(): number {
    return this.mediaSequence + (this.skipped?.segments ?? 0) + this.segments.length;
  }

  #tag(text: string): void {
    const colon = text.indexOf(':');
    const name = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1);
    const handler = tags[name];
    handler?.(this, value);
  }

  #segment(uri: string): void {
    const msn = this.#msn;
    const url = this.resolve(uri);
    if (this.#durationS === null) this.defect(`a segment without EXTINF: ${uri}`);
    this.segments.push({
      ...{ line: this.#line, msn, uri, url, durationS: this.#durationS ?? 0, gap: this.#gap },
      ...{ discontinuity: this.#discontinuity, run: this.discontinuitySequence + this.#run },
      ...{ map: this.#map, key: this.#key, dateMs: this.#dateMs, parts: this.parts },
      range: this.#range === null ? null : this.range(this.#range, url),
    });
    this.parts = [];
    this.#durationS = null;
    this.#range = null;
    this.#dateMs = null;
    this.#gap = false;
    this.#discontinuity = false;
  }

  resolve(uri: string): string {
    const url = URL.parse(uri, this.#url);
    if (!url) this.defect(`not a URI: ${uri}`);
    return url?.href ?? this.#url;
  }

  /** `n[@o]`: without an offset it goes on where the last one of the same URL ended. */
  range(text: string, url: string): ByteRange | null {
    const [length, offset] = text.split('@').map((value) => integer(value));
    if (length === null || length === undefined || offset === null) {
      this.defect(`not a byte range: ${text}`);
      return null;
    }
    const start = offset ?? this.#rangeEnds.get(url) ?? 0;
    this.#rangeEnds.set(url, start + length);
    return { length, offset: start };
  }

  attributes(text: string): Attributes['values'] {
    const list = readAttributes(text);
    if (!list) this.defect(`not an attribute list: ${text}`);
    return list?.values ?? new Map();
  }

  setTargetDuration(text: string): void {
    const value = integer(text.trim());
    if (value === null) this.defect(`EXT-X-TARGETDURATION is not a whole number: ${text}`);
    this.targetDurationS = value ?? (Number(text) || Number.NaN);
    this.targetDurationLine = this.#line;
  }

  setDuration(text: string): void {
    const value = decimal(text.split(',')[0]?.trim());
    if (value === null) this.defect(`EXTINF has no duration: ${text}`);
    this.#durationS = value ?? 0;
  }

  setSequence(text: string, which: 'mediaSequence' | 'discontinuitySequence'): void {
    if (this.segments.length > 0 || this.parts.length > 0) this.defect(`${which} stands after a segment`);
    this[which] = integer(text) ?? 0;
    if (integer(text) === null) this.defect(`not a whole number: ${text}`);
  }

  setDate(text: string): void {
    const ms = Date.parse(text);
    if (Number.isNaN(ms)) this.defect(`EXT-X-PROGRAM-DATE-TIME is no date: ${text}`);
    this.#dateMs = Number.isNaN(ms) ? null : ms;
  }

  setMap(text: string): void {
    const values = this.attributes(text);
    const uri = values.get('URI');
    if (uri === undefined) {
      this.defect('EXT-X-MAP without URI');
      return;
    }
    const url = this.resolve(uri);
    const range = values.get('BYTERANGE');
    this.#map = { line: this.#line, url, range: range === undefined ? null : this.range(range, url) };
  }

  setKey(text: string): void {
    this.#key = /METHOD=NONE/.test(text) ? null : text;
  }

  addDiscontinuity(): void {
    this.#discontinuity = true;
    this.#run++;
  }

  addGap(): void {
    this.#gap = true;
  }

  setRange(text: string): void {
    this.#range = text;
  }

  addPart(text: string): void {
    const values = this.attributes(text);
    const uri = values.get('URI');
    const durationS = decimal(values.get('DURATION'));
    if (uri === undefined || durationS === null) {
      this.defect('EXT-X-PART needs URI and DURATION');
      return;
    }
    const url = this.resolve(uri);
    const range = values.get('BYTERANGE');
    this.parts.push({
      ...{ line: this.#line, msn: this.#msn, index: this.parts.length, uri, url, durationS },
      independent: values.get('INDEPENDENT') === 'YES',
      gap: values.get('GAP') === 'YES',
      range: range === undefined ? null : this.range(range, url),
    });
  }

  addHint(text: string): void {
    const values = this.attributes(text);
    const uri = values.get('URI');
    if (uri === undefined) {
      this.defect('EXT-X-PRELOAD-HINT without URI');
      return;
    }
    const start = integer(values.get('BYTERANGE-START')) ?? 0;
    const length = integer(values.get('BYTERANGE-LENGTH'));
    const type = values.get('TYPE') ?? '';
    this.hints.push({ line: this.#line, type, uri, url: this.resolve(uri), start, length });
  }

  addReport(text: string): void {
    const values = this.attributes(text);
    const uri = values.get('URI');
    if (uri === undefined) {
      this.defect('EXT-X-RENDITION-REPORT without URI');
      return;
    }
    const lastPart = integer(values.get('LAST-PART'));
    this.reports.push({
      ...{ line: this.#line, uri, url: this.resolve(uri), lastPart },
      lastMsn: integer(values.get('LAST-MSN')),
    });
  }

  setControl(text: string): void {
    this.control = serverControl(this.attributes(text), this.#line);
  }

  addDateRange(text: string): void {
    const id = this.attributes(text).get('ID');
    if (id === undefined) this.defect('EXT-X-DATERANGE without ID');
    else this.dateRanges.push({ line: this.#line, id });
  }

  setSkip(text: string): void {
    this.skipped = skip(this.attributes(text), this.#line);
    if (!this.skipped) this.defect('EXT-X-SKIP without SKIPPED-SEGMENTS');
  }
}

const tags: Readonly<Record<string, (reader: Reader, value: string) => void>> = {
  '#EXT-X-VERSION': (reader, value) => {
    reader.version = integer(value) ?? 1;
  },
  '#EXT-X-TARGETDURATION': (reader, value) => reader.setTargetDuration(value),
  '#EXT-X-MEDIA-SEQUENCE': (reader, value) => reader.setSequence(value, 'mediaSequence'),
  '#EXT-X-DISCONTINUITY-SEQUENCE': (reader, value) => reader.setSequence(value, 'discontinuitySequence'),
  '#EXT-X-ENDLIST': (reader) => {
    reader.ended = true;
  },
  '#EXT-X-PLAYLIST-TYPE': (reader, value) => {
    reader.type = value;
  },
  '#EXT-X-INDEPENDENT-SEGMENTS': (reader) => {
    reader.independentSegments = true;
  },
  '#EXT-X-I-FRAMES-ONLY': (reader) => {
    reader.iFramesOnly = true;
  },
  '#EXT-X-SERVER-CONTROL': (reader, value) => reader.setControl(value),
  '#EXT-X-PART-INF': (reader, value) => {
    reader.partTargetS = decimal(reader.attributes(value).get('PART-TARGET'));
  },
  '#EXTINF': (reader, value) => reader.setDuration(value),
  '#EXT-X-BYTERANGE': (reader, value) => reader.setRange(value),
  '#EXT-X-DISCONTINUITY': (reader) => reader.addDiscontinuity(),
  '#EXT-X-KEY': (reader, value) => reader.setKey(value),
  '#EXT-X-MAP': (reader, value) => reader.setMap(value),
  '#EXT-X-PROGRAM-DATE-TIME': (reader, value) => reader.setDate(value),
  '#EXT-X-GAP': (reader) => reader.addGap(),
  '#EXT-X-PART': (reader, value) => reader.addPart(value),
  '#EXT-X-PRELOAD-HINT': (reader, value) => reader.addHint(value),
  '#EXT-X-RENDITION-REPORT': (reader, value) => reader.addReport(value),
  '#EXT-X-DATERANGE': (reader, value) => reader.addDateRange(value),
  '#EXT-X-SKIP': (reader, value) => reader.setSkip(value),
};

/** Reads a media playlist (rfc8216bis 4.4); `url` is where it came from. Never throws: what is wrong is a defect. */
export function readMediaPlaylist(text: string, url: string): MediaPlaylist {
  const reader = new Reader(url);
  const lines = text.split(/\r?\n/);
  reader.line(1, '');
  if (lines[0] !== '#EXTM3U') reader.defect('the first line is not #EXTM3U');
  for (const [index, line] of lines.entries()) reader.line(index + 1, line.trimEnd());
  reader.line(lines.length, '');
  if (Number.isNaN(reader.targetDurationS)) reader.defect('no EXT-X-TARGETDURATION');
  const { segments, parts, hints, reports, dateRanges, defects } = reader;
  const { version, targetDurationS, targetDurationLine, mediaSequence, discontinuitySequence } = reader;
  const { ended, type, independentSegments, iFramesOnly, control, partTargetS, skipped } = reader;
  return {
    ...{ kind: 'media', url, version, targetDurationS, targetDurationLine, mediaSequence, discontinuitySequence },
    ...{ ended, type, independentSegments, iFramesOnly, control, partTargetS, skipped },
    openDiscontinuity: reader.isDiscontinuous,
    ...{ segments, openParts: parts, hints, reports, dateRanges, defects },
    queryParams: queryParamsOf(lines),
  };
}
