/** Where the bars of a chart stand, in percent of its height. */
export interface Chart {
  /** From the top to the line of 0. */
  zero: number;
  bars: { y: number; height: number }[];
}

export function chartOf(amounts: readonly bigint[]): Chart {
  const values = amounts.map(Number);
  const top = Math.max(0, ...values);
  const scale = 100 / (top - Math.min(0, ...values) || 1);
  const percent = (value: number) => Math.round(value * scale * 10) / 10;
  return {
    zero: top === 0 && values.every((value) => value === 0) ? 100 : percent(top),
    bars: values.map((value) => ({ y: percent(top - Math.max(0, value)), height: percent(Math.abs(value)) })),
  };
}
