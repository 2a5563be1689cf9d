/** As the audit log keeps it: field → [before, after]. */
export type Changes = Record<string, [unknown, unknown]>;

/** The fields of `after` that differ from `before`; absent and null are the same. */
export function changedFields(before: object, after: Readonly<Record<string, unknown>>): Changes {
  const old = before as Readonly<Record<string, unknown>>;
  const changed = Object.keys(after).filter((field) => (old[field] ?? null) !== (after[field] ?? null));
  return Object.fromEntries(changed.map((field) => [field, [old[field] ?? null, after[field] ?? null]]));
}
