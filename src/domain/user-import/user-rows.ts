import { localeCodes, locales } from '../../locales/locales.ts';
import { listCustomFields } from '../custom-field/custom-field-queries.ts';
import { editableFields } from '../custom-field/form-fields.ts';
import { address, email, optionalLine, phone } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { listLabels } from '../label/label-queries.ts';
import { listRoles } from '../role/role-queries.ts';
import { cellOf, idCell, wholeNumber, type CellParser } from '../import/cells.ts';
import { customParsers } from '../import/custom-cells.ts';
import type { OpenRows, RowKind } from '../import/import-engine.ts';
import { planUsers, type UserPlan } from './plan-users.ts';
import { undoUsers } from './undo-users.ts';
import { companyColumns, keyOfUser, roleColumns, type UserRows } from './user-row-context.ts';
import { writeUsers } from './write-users.ts';

export const userRows: RowKind = {
  open: async (db, context): Promise<OpenRows<UserPlan>> => {
    const fields = editableFields(await listCustomFields(db, 'user'), 'staff', {});
    const rows: UserRows = {
      ...context,
      fields,
      roles: await listRoles(db, 'customer'),
      staffRoles: await listRoles(db, 'staff'),
      labels: await listLabels(db),
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

/** Of companies, roles and labels in one cell. */
const MAX_NAMES_LENGTH = 30_000;

function userParsers({ fields, options }: UserRows): Record<string, CellParser> {
  const clears = options.clears_empty ?? false;
  const optional = (parser: CellParser): CellParser => ({ ...parser, clears });
  const names = [...companyColumns, ...roleColumns, 'labels'];
  return {
    id: idCell(code('import_unknown_id')),
    email: cellOf(email()),
    first_name: cellOf(optionalLine(100)),
    last_name: optional(cellOf(optionalLine(100))),
    phone: optional(cellOf(phone(), wholeNumber)),
    phone2: optional(cellOf(phone(), wholeNumber)),
    address: optional(cellOf(address())),
    name: cellOf(optionalLine(200)),
    language: optional({ parse: parseLocale }),
    ...Object.fromEntries(names.map((name) => [name, cellOf(optionalLine(MAX_NAMES_LENGTH))])),
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
