import { standbyLimits } from '#shared/limits/ingest.ts';
import type { FlvTag } from '../ingest/flv.ts';
import { isFrame, isKeyframe, isSequenceHeader } from '../ingest/flv-body.ts';
import { createSanitiser, sanitise } from '../ingest/sanitiser.ts';
import { createProbe, describeSource, probeTag, probeVerdict } from '../ingest/source-probe.ts';
import type { KnownSource } from './publisher-feed.ts';

/**
 * What a publisher sends who waits for its turn: its newest media from a keyframe on, and what its source is, so that an
 * encoder can begin with both at once.
 */
export class StandbyTape {
  #script: FlvTag | null = null;
  readonly #configs: { video: FlvTag | null; audio: FlvTag | null } = { video: null, audio: null };
  #tags: FlvTag[] = [];
  #bytes = 0;
  #sanitiser = createSanitiser();
  #probe = createProbe();
  #source: KnownSource | null = null;

  /** What it sends, once enough was seen of it. */
  get source(): KnownSource | null {
    return this.#source;
  }

  /** Takes the publisher's next tag. */
  tag(tag: FlvTag): void {
    const { type, body } = tag;
    if (type === 'script') {
      this.#script = tag;
      if (!this.#source) this.#probe = probeTag(this.#probe, tag);
      return;
    }
    const { state, timestampMs } = sanitise(this.#sanitiser, {
      ...tag,
      isSequenceHeader: isSequenceHeader(type, body),
    });
    this.#sanitiser = state;
    if (isSequenceHeader(type, body)) this.#configure(type, tag);
    this.#look({ ...tag, timestampMs });
    if (isFrame(type, body)) this.#keep(tag);
  }

  /** All that an encoder needs to begin, as if it came just now. */
  *replay(): Iterable<FlvTag> {
    const [first] = this.#tags;
    for (const head of [this.#script, this.#configs.video, this.#configs.audio]) {
      if (head) yield { ...head, timestampMs: (first ?? head).timestampMs, arrivalMs: (first ?? head).arrivalMs };
    }
    yield* this.#tags;
  }

  /** Another configuration is another source: nothing that was seen before it counts. */
  #configure(type: 'audio' | 'video', tag: FlvTag): void {
    if (this.#configs[type]?.body.equals(tag.body)) return;
    const isNews = this.#configs[type] !== null;
    this.#configs[type] = tag;
    if (!isNews) return;
    this.#source = null;
    this.#drop();
    this.#probe = createProbe();
    for (const head of [this.#script, this.#configs.video, this.#configs.audio]) {
      if (head) this.#probe = probeTag(this.#probe, { ...head, arrivalMs: Number.POSITIVE_INFINITY });
    }
  }

  #look(tag: FlvTag): void {
    if (this.#source) return;
    this.#probe = probeTag(this.#probe, tag);
    if (probeVerdict(this.#probe) !== 'ready') return;
    const { video, audio } = this.#configs;
    const configs = { video: video?.body ?? null, audio: audio?.body ?? null };
    this.#source = { description: describeSource(this.#probe), configs };
  }

  #keep(tag: FlvTag): void {
    const isVideo = this.#configs.video !== null;
    if (tag.type === 'video' && isKeyframe(tag.body)) this.#drop();
    else if (isVideo && this.#tags.length === 0) return;
    this.#tags.push(tag);
    this.#bytes += tag.body.length;
    const isLong = this.#tags.length > (isVideo ? standbyLimits.tagsMax : standbyLimits.soundTagsMax);
    if (isLong && !isVideo) this.#bytes -= this.#tags.shift()?.body.length ?? 0;
    else if (isLong || this.#bytes > standbyLimits.bytesMax) this.#drop();
  }

  #drop(): void {
    this.#tags = [];
    this.#bytes = 0;
  }
}
