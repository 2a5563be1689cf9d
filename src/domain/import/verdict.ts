import type { Verdict } from './row.ts';

export function verdictOf({
  errors,
  isNew,
  hasChanges,
}: {
  errors: readonly unknown[];
  isNew: boolean;
  hasChanges: boolean;
}): Verdict {
  if (errors.length > 0) return 'error';
  if (isNew) return 'create';
  return hasChanges ? 'update' : 'unchanged';
}
