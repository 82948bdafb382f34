import type { Edit } from '../edit.ts';
import { removeElement, setAttribute } from './elements.ts';
import type { MpdTemplate } from './template.ts';

const offsets = ['availabilityTimeOffset', 'availabilityTimeComplete'];
const latencyElements = new Set(['Latency', 'PlaybackRate']);

/** Takes out what only low-latency players act upon (ISO/IEC 23009-1 5.3.9.5.3, 5.13.2, annex K.3). */
export function lowLatencyEdits({ text, elements }: MpdTemplate): Edit[] {
  return elements.flatMap((element) => {
    const { name, children } = element;
    if (name === 'ProducerReferenceTime') return [removeElement(text, element)];
    if (name === 'ServiceDescription') {
      const gone = children.filter((child) => latencyElements.has(child.name));
      if (gone.length > 0 && gone.length === children.length) return [removeElement(text, element)];
      return gone.map((child) => removeElement(text, child));
    }
    if (name !== 'BaseURL' && name !== 'SegmentTemplate' && name !== 'SegmentBase' && name !== 'SegmentList') return [];
    return offsets.flatMap((offset) => setAttribute(text, element, offset, null));
  });
}
