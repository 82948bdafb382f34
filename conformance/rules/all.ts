import type { DashObservation, HlsObservation, Observation } from '../observe/observation.ts';
import { ageChecks } from './age.ts';
import { blockingChecks } from './blocking.ts';
import type { Check } from './check.ts';
import { dashLowLatencyChecks } from './dash-low-latency.ts';
import { mpdChecks } from './dash-manifest.ts';
import { dashMediaChecks } from './dash-media.ts';
import { updateChecks } from './dash-updates.ts';
import { deliveryChecks } from './delivery.ts';
import { deltaChecks } from './delta.ts';
import { directiveChecks } from './directives.ts';
import { extraChecks } from './extras.ts';
import { hintChecks } from './hints.ts';
import { lifetimeChecks } from './lifetimes.ts';
import { mediaChecks } from './media.ts';
import { mergingChecks } from './merging.ts';
import { partChecks } from './parts.ts';
import { playlistChecks } from './playlists.ts';
import { queryChecks } from './queries.ts';
import { reportChecks } from './reports.ts';
import { rewritingChecks } from './rewriting.ts';
import { steeringChecks } from './steering.ts';
import { variantChecks } from './variants.ts';

/** Checks in the order of a report: the stream's own rules, then what delivery owes it. */
export interface Group<O> {
  readonly title: string;
  readonly checks: readonly Check<O>[];
}

export const hlsGroups: readonly Group<HlsObservation>[] = [
  { title: 'Playlists', checks: playlistChecks },
  { title: 'Variants', checks: variantChecks },
  { title: 'Trick play, captions, sound alone', checks: extraChecks },
  { title: 'Media', checks: mediaChecks },
  { title: 'Blocking reloads', checks: blockingChecks },
  { title: 'Delta updates', checks: deltaChecks },
  { title: 'Reserved parameters', checks: directiveChecks },
  { title: 'Parts', checks: [...partChecks, ...hintChecks, ...reportChecks] },
  { title: 'Cache lifetimes', checks: lifetimeChecks },
];

export const dashGroups: readonly Group<DashObservation>[] = [
  { title: 'MPD', checks: [...mpdChecks, ...updateChecks] },
  { title: 'Media', checks: dashMediaChecks },
  { title: 'Low latency', checks: dashLowLatencyChecks },
];

export const deliveryGroup: Group<Observation> = {
  title: 'Delivery',
  checks: [...deliveryChecks, ...ageChecks, ...mergingChecks, ...queryChecks, ...rewritingChecks, ...steeringChecks],
};
