export function median(samples: readonly number[]): number {
  return percentile(samples, 50);
}

/** Interpolates between the two nearest samples. */
export function percentile(samples: readonly number[], percent: number): number {
  if (samples.length === 0) return NaN;
  const sorted = samples.toSorted((a, b) => a - b);
  const position = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}

/** The ratios of samples that were taken in the same round. */
export function ratios(samples: readonly number[], reference: readonly number[]): number[] {
  if (samples.length !== reference.length)
    throw new Error('The measurements have different numbers of rounds');
  return samples.map((sample, n) => sample / reference[n]!);
}

/** Takes the samples of all measurements in turn, so that a slow phase of the machine affects each of them. */
export async function interleavedSamples<Name extends string, Sample>(
  rounds: number,
  measurements: Readonly<Record<Name, () => Promise<Sample>>>,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(measurements) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Record<Name, Sample[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) samples[name].push(await measurements[name]());
  }
  return samples;
}
