/**
 * Whether a unique index refused the statement. The transaction is lost with it: all that is left to do is to answer
 * `ok: false`.
 */
export function isUniqueViolation(error: unknown, index: string): boolean {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: unknown };
  return code === '23505' && constraint === index;
}
