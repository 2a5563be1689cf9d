type Values = Readonly<Record<string, string | number | null | undefined>>;

/** What the audit log keeps of a change: field → [before, after], of the fields that differ. */
export function changesBetween(before: Values, after: Values): Record<string, [unknown, unknown]> {
  const fields = Object.keys({ ...before, ...after });
  const pairs = fields.map((field) => [field, [before[field] ?? null, after[field] ?? null]] as const);
  return Object.fromEntries(pairs.filter(([, [old, now]]) => old !== now)) as Record<
    string,
    [unknown, unknown]
  >;
}
