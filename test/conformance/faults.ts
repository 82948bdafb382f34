import type { Verdict } from '../../conformance/rules/check.ts';

/** What the fake server serves: low-latency HLS, HLS by polling, parts as byte ranges, an ended stream, DASH, DASH of which a period ends early. */
export type Shape = 'low-latency' | 'plain' | 'ranges' | 'ended' | 'dash' | 'dash-cut';

/** A way to break one rule: in which stream, what the check must say, and what cannot but break with it. */
export interface Fault {
  readonly check: string;
  /** The switch that the fake server knows: the check, and which of its clauses where it has several. */
  readonly name: string;
  readonly shape: Shape;
  readonly verdict: Verdict;
  readonly also?: readonly string[];
}

function fault(shape: Shape, verdict: Verdict, name: string, ...also: string[]): Fault {
  return { check: name.split(' ', 1)[0] ?? '', name, shape, verdict, also };
}

/** At least one entry per check. */
export const faults: readonly Fault[] = [
  fault('low-latency', 'fail', 'hls-parse'),
  fault('low-latency', 'fail', 'hls-content-type'),
  fault('low-latency', 'fail', 'hls-target-duration'),
  fault('plain', 'fail', 'hls-media-sequence'),
  fault('low-latency', 'fail', 'hls-discontinuity-sequence'),
  fault('low-latency', 'fail', 'hls-segments-constant'),
  // What is not there has no first picture either.
  fault('low-latency', 'fail', 'hls-segments-answer', 'hls-segments-stay', 'hls-iframes'),
  fault('low-latency', 'warn', 'hls-segments-stay'),
  fault('plain', 'fail', 'hls-fresh'),
  fault('plain', 'fail', 'hls-window'),
  fault('low-latency', 'warn', 'hls-program-date-time'),
  fault('low-latency', 'fail', 'hls-bandwidth'),
  fault('low-latency', 'fail', 'hls-codecs'),
  fault('low-latency', 'fail', 'hls-resolution'),
  fault('low-latency', 'fail', 'hls-iframes'),
  fault('low-latency', 'fail', 'hls-captions'),
  fault('low-latency', 'warn', 'hls-audio-only'),
  // Dates go up by EXTINF.
  fault('plain', 'warn', 'hls-durations', 'hls-program-date-time'),
  fault('low-latency', 'fail', 'hls-continuity'),
  fault('low-latency', 'fail', 'hls-independent', 'hls-iframes'),
  fault('low-latency', 'fail', 'hls-parts-sum'),
  fault('low-latency', 'fail', 'hls-init'),
  fault('low-latency', 'fail', 'rule-01'),
  fault('low-latency', 'warn', 'rule-02'),
  fault('low-latency', 'warn', 'rule-03'),
  fault('low-latency', 'warn', 'rule-04'),
  fault('low-latency', 'fail', 'rule-05'),
  fault('low-latency', 'fail', 'rule-06'),
  fault('low-latency', 'fail', 'rule-07'),
  // Whoever is held so long sees nothing new meanwhile.
  fault('low-latency', 'warn', 'rule-08', 'hls-fresh'),
  fault('ended', 'fail', 'rule-09'),
  fault('low-latency', 'fail', 'rule-10'),
  fault('low-latency', 'fail', 'rule-11'),
  fault('low-latency', 'fail', 'rule-12'),
  fault('low-latency', 'fail', 'rule-13'),
  fault('low-latency', 'warn', 'rule-13 body'),
  fault('low-latency', 'fail', 'rule-13 uri'),
  fault('low-latency', 'fail', 'rule-14'),
  fault('low-latency', 'warn', 'rule-14 body'),
  fault('dash', 'warn', 'rule-14 body'),
  fault('low-latency', 'fail', 'rule-15'),
  fault('low-latency', 'warn', 'rule-16'),
  fault('low-latency', 'warn', 'rule-17'),
  fault('low-latency', 'warn', 'rule-18'),
  fault('low-latency', 'warn', 'rule-19'),
  fault('low-latency', 'warn', 'rule-20'),
  fault('low-latency', 'warn', 'rule-21'),
  fault('low-latency', 'warn', 'rule-22'),
  fault('low-latency', 'warn', 'rule-23'),
  fault('low-latency', 'warn', 'rule-24'),
  fault('low-latency', 'warn', 'rule-25'),
  fault('low-latency', 'warn', 'rule-25 late'),
  fault('dash', 'warn', 'rule-25'),
  // An old version is back in all that it says.
  fault('plain', 'fail', 'rule-26', 'hls-media-sequence', 'hls-segments-constant'),
  fault('low-latency', 'fail', 'rule-27'),
  fault('low-latency', 'warn', 'rule-28'),
  fault('low-latency', 'fail', 'rule-29'),
  fault('low-latency', 'fail', 'rule-30'),
  // Parts of a wrong size do not sum up.
  fault('ranges', 'fail', 'rule-31', 'hls-parts-sum'),
  fault('low-latency', 'warn', 'rule-32'),
  fault('low-latency', 'fail', 'rule-33'),
  fault('low-latency', 'fail', 'rule-33 uri'),
  fault('low-latency', 'warn', 'rule-33 token'),
  fault('dash', 'fail', 'rule-33'),
  fault('low-latency', 'fail', 'rule-34'),
  fault('low-latency', 'warn', 'hls-rendition-reports'),
  fault('low-latency', 'fail', 'rule-35'),
  fault('low-latency', 'fail', 'rule-36'),
  fault('low-latency', 'warn', 'rule-37'),
  fault('low-latency', 'fail', 'rule-38'),
  fault('low-latency', 'fail', 'rule-39'),
  fault('low-latency', 'fail', 'rule-43'),
  // What is announced is a URI too.
  fault('low-latency', 'fail', 'rule-43 missing', 'rule-33'),
  fault('dash', 'fail', 'rule-43 stranger'),
  fault('low-latency', 'warn', 'rule-43 ttl'),
  fault('low-latency', 'fail', 'rule-43 reload'),
  fault('low-latency', 'fail', 'rule-43 clone'),
  fault('dash', 'fail', 'rule-43 shared'),
  fault('low-latency', 'fail', 'rule-44'),
  fault('dash', 'warn', 'rule-44 manifest'),
  fault('low-latency', 'fail', 'rule-45'),
  fault('low-latency', 'warn', 'rule-46', 'cors'),
  fault('low-latency', 'warn', 'rule-47'),
  fault('low-latency', 'fail', 'rule-48'),
  fault('low-latency', 'warn', 'cors'),
  fault('dash', 'fail', 'dash-parse'),
  fault('dash', 'warn', 'dash-content-type'),
  fault('dash', 'warn', 'rule-40'),
  fault('dash', 'warn', 'rule-41'),
  fault('dash', 'fail', 'rule-42'),
  fault('dash', 'fail', 'dash-time-offset'),
  fault('dash', 'warn', 'dash-producer-time'),
  fault('dash', 'fail', 'dash-availability'),
  fault('dash', 'fail', 'dash-timeline'),
  fault('dash', 'fail', 'dash-constant'),
  fault('dash', 'fail', 'dash-update-period'),
  fault('dash', 'fail', 'dash-pto'),
  fault('dash', 'fail', 'dash-segments-answer'),
  fault('dash', 'fail', 'dash-tfdt'),
  fault('dash-cut', 'fail', 'dash-constant'),
  fault('dash-cut', 'fail', 'dash-tfdt'),
  fault('dash', 'fail', 'dash-sap'),
  fault('dash', 'fail', 'dash-init'),
  fault('dash', 'warn', 'dash-bandwidth'),
];
