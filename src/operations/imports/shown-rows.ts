import { headingOf, reasonOf, rowErrorText } from '../../documents/import-errors.ts';
import { changeLines } from '../../domain/audit/audit.ts';
import type { ImportKindName } from '../../domain/import/import-kind.ts';
import type { Import } from '../../domain/import/import-queries.ts';
import type { RowFilter, ShownRow } from '../../domain/import/list-rows.ts';

/** One of the tables has the rows; the others are null. */
export function tablesOf(shown: Import, filter: RowFilter | undefined, rows: readonly ShownRow[]) {
  const hasErrors = filter === 'error' || filter === 'failed';
  const isSkipped = filter === 'skipped';
  return {
    errors: hasErrors ? errorLines(shown, rows) : null,
    skipped_rows: isSkipped ? skippedRows(shown, rows) : null,
    changes: filter && !hasErrors && !isSkipped ? changedRows(shown, rows) : null,
  };
}

function errorLines(row: Import, rows: readonly ShownRow[]) {
  return rows.flatMap(({ line, errors, target_name }) =>
    errors.map((error) => ({
      line,
      column: error.column === '' ? target_name : headingOf(row, error.column),
      value: error.value,
      fix: rowErrorText(error),
    })),
  );
}

/** Of a record that is stored. */
const paths: Record<ImportKindName, string> = {
  users: '/users',
  companies: '/customers/companies',
  units: '/units',
  rentals: '/rentals',
  balances: '/invoices',
};

/** Those that the undo has left as they are. */
function skippedRows(shown: Import, rows: readonly ShownRow[]) {
  return rows.map(({ line, target_name, errors }) => ({
    line,
    name: target_name,
    reason: reasonOf(shown, errors),
  }));
}

function changedRows({ kind }: Import, rows: readonly ShownRow[]) {
  const isStored = ({ verdict, result }: ShownRow) =>
    result === null ? verdict !== 'create' : result === 'created' || result === 'updated';
  return rows.map((row) => ({
    line: row.line,
    name: row.target_name,
    href: row.target_id !== null && isStored(row) ? `${paths[kind]}/${row.target_id}` : null,
    lines: changeLines(row.changes),
  }));
}
