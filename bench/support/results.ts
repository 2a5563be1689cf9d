import { median } from './statistics.ts';

export interface Goal {
  mustReach: number;
  aim: number;
  isHigherBetter: boolean;
}

/** One measured quantity; `samples` has one value for each round. */
export interface Figure {
  name: string;
  /** '' for a ratio. */
  unit: '' | 'ms' | 's' | 'MiB';
  samples: readonly number[];
  goal: Goal;
}

export interface JobResult {
  /** What is measured, and what the ratios are relative to. */
  title: string;
  figures: readonly Figure[];
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  notes?: readonly string[];
}

export function atLeast(mustReach: number, aim: number): Goal {
  return { mustReach, aim, isHigherBetter: true };
}

export function atMost(mustReach: number, aim: number): Goal {
  return { mustReach, aim, isHigherBetter: false };
}

export function isReached(value: number, limit: number, { isHigherBetter }: Goal): boolean {
  return isHigherBetter ? value >= limit : value <= limit;
}

export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The median and, behind it, the lowest and the highest sample. */
export function formatSamples(samples: readonly number[]): string {
  return `${formatNumber(median(samples))} (${formatSpread(samples)})`;
}

export function formatSpread(samples: readonly number[]): string {
  return `${formatNumber(Math.min(...samples))}–${formatNumber(Math.max(...samples))}`;
}
