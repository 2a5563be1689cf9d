const ROWS_PER_STATEMENT = 1000;

/** The rows in parts that one INSERT can have: a statement has at most 65,535 parameters. */
export function batchesOf<Row>(rows: readonly Row[]): Row[][] {
  const batches: Row[][] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT)
    batches.push(rows.slice(from, from + ROWS_PER_STATEMENT));
  return batches;
}
