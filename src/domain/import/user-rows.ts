import { localeCodes, locales } from '../../locales/locales.ts';
import { listCustomFields } from '../custom-field/custom-field-queries.ts';
import { editableFields } from '../custom-field/form-fields.ts';
import { address, email, list, optionalLine, phone } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { listRoles } from '../role/role-queries.ts';
import { cellOf, idCell, listOf, wholeNumber, type CellParser } from './cells.ts';
import { customParsers } from './custom-cells.ts';
import type { OpenRows, RowKind } from './import-engine.ts';
import { planUsers, type UserPlan } from './plan-users.ts';
import { undoUsers } from './undo-users.ts';
import { keyOfUser, roleColumns, type UserRows } from './user-row-context.ts';
import { writeUsers } from './write-users.ts';

export const userRows: RowKind = {
  open: async (db, context): Promise<OpenRows<UserPlan>> => {
    const fields = editableFields(await listCustomFields(db, 'user'), 'staff', {});
    const rows: UserRows = {
      ...context,
      fields,
      roles: await listRoles(db, 'customer'),
      staffRoles: await listRoles(db, 'staff'),
    };
    return {
      parsers: userParsers(rows),
      keyOf: (row) => keyOfUser(rows, row),
      plan: (batchDb, parsed, options) => planUsers(batchDb, rows, parsed, options),
      write: (batchDb, plans) => writeUsers(batchDb, rows, plans),
      undo: (batchDb, written) => undoUsers(batchDb, rows, written),
    };
  },
};

function userParsers({ fields, options }: UserRows): Record<string, CellParser> {
  return {
    id: idCell(code('import_unknown_id')),
    email: cellOf(email()),
    first_name: cellOf(optionalLine(100)),
    last_name: cellOf(optionalLine(100)),
    phone: cellOf(phone(), wholeNumber),
    phone2: cellOf(phone(), wholeNumber),
    address: cellOf(address()),
    name: cellOf(optionalLine(200)),
    language: { parse: parseLocale },
    company_code: cellOf(optionalLine()),
    ...Object.fromEntries(roleColumns.map((name) => [name, cellOf(list(), listOf)])),
    ...customParsers(fields, options),
  };
}

/** By code or by name. */
function parseLocale(text: string): ReturnType<CellParser['parse']> {
  const typed = text.toLowerCase();
  const code = localeCodes.find(
    (each) => each.toLowerCase() === typed || locales[each].toLowerCase() === typed,
  );
  if (code !== undefined) return { value: code };
  return { error: { code: 'import_unknown_language', params: { languages: localeCodes.join(', ') } } };
}
