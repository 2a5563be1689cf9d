import { errorAt } from '../import/cells.ts';
import type { FoundUsers } from './find-users.ts';
import { hasNoKey } from './people-without-key.ts';
import { missingValues } from '../import/plan-custom-values.ts';
import type { ParsedRow, RowError } from '../import/row.ts';
import type { UserRows } from './user-row-context.ts';

/** Adds why the row cannot create a person. */
export function checkNewUser(
  { rows, users }: { rows: UserRows; users: FoundUsers },
  row: ParsedRow,
  { errors, isMember }: { errors: RowError[]; isMember: boolean },
): void {
  const { values } = row;
  const refuse = (column: string, error: Pick<RowError, 'code' | 'params'>) => {
    const hasError = errors.some((each) => each.column === column);
    if (!hasError) errors.push(errorAt(row, column, error));
  };
  const { id, email } = values as { id?: string; email?: string };
  if (rows.mode === 'update')
    return hasNoKey(row)
      ? refuse('', { code: 'import_unknown_person' })
      : refuse(rows.key, { code: 'import_unknown_user' });
  if (id !== undefined && (rows.key === 'id' || email === undefined))
    return refuse('id', { code: 'import_unknown_id' });
  if (email !== undefined && users.byEmail.has(email)) refuse('email', { code: 'import_exists' });
  else if (email !== undefined && users.staffEmails.has(email))
    refuse('email', { code: 'import_staff_email' });
  const hasName = values['first_name'] !== undefined || values['name'] !== undefined;
  if (!hasName && email === undefined) refuse('first_name', { code: 'name_or_email_required' });
  else if (!hasName && !isMember) refuse('first_name', { code: 'required' });
  for (const { column, ...error } of missingValues(rows, row)) refuse(column, error);
}
