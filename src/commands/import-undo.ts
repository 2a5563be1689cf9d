import { asPlatform } from '../database/as-platform.ts';
import { accessTenant, type TenantAccess } from '../database/in-tenant.ts';
import { isId } from '../database/new-id.ts';
import { reasonOf } from '../documents/import-errors.ts';
import { findImport } from '../domain/import/import-queries.ts';
import { beginUndo } from '../domain/import/import-steps.ts';
import { listShownRows, PAGE_ROWS, type ShownRow } from '../domain/import/list-rows.ts';
import { openFileStore } from '../files/file-store.ts';
import { importUndoKind } from '../tasks/import-undo.ts';
import { runWithoutTask } from '../tasks/run-without-task.ts';
import { command, CommandFailed, getTenant, invalidOptions, withDatabase } from './command.ts';
import { countsText, getImport } from './import-report.ts';
import { commandLine } from './import-store.ts';
import { orCancel } from './import.ts';

/** The id is printed by the import, and in the address of its page. */
export const importUndo = command({
  options: { tenant: { type: 'string' }, id: { type: 'string' } },
  required: ['tenant', 'id'],
  run: ({ config, options, print, stderr }) =>
    withDatabase(config, async ({ database }) => {
      const tenant = await asPlatform(database, (db) => getTenant(db, options.tenant!));
      const access = accessTenant(database, tenant.id);
      const id = options.id!;
      const { file_name } = await begin(access, id);
      const deps = { files: openFileStore(config.filesUrl), secretKeys: config.secretKeys };
      const input = { import_id: id, file: file_name, requested_by: '' };
      await orCancel(access, id, () => runWithoutTask(importUndoKind(deps), input, access));
      const row = await getImport(access, id);
      const skipped = await readSkipped(access, id);
      for (const { line, errors } of skipped) stderr(`Row ${line}: ${reasonOf(row, errors)}`);
      const { kind, counts } = row;
      print({ tenant: options.tenant, kind, id, counts }, `Import ${id}: ${countsText(counts)}`);
      if (skipped.length > 0) throw new CommandFailed(`Rows that stay: ${skipped.length}.`);
    }),
});

async function begin(access: TenantAccess, id: string) {
  const begun = await access.inTenant(async (db) =>
    isId(id) && (await findImport(db, id)) ? beginUndo(db, commandLine, id) : undefined,
  );
  if (!begun) throw new CommandFailed(`There is no import "${id}".`);
  if (!begun.ok) throw invalidOptions(begun.errors);
  return begun.row;
}

/** That were changed since, or have money or a login. */
async function readSkipped(access: TenantAccess, id: string): Promise<ShownRow[]> {
  const skipped: ShownRow[] = [];
  for (;;) {
    const after = skipped.at(-1)?.line ?? 0;
    const rows = await access.inTenant((db) => listShownRows(db, id, 'skipped', after));
    skipped.push(...rows);
    if (rows.length <= PAGE_ROWS) return skipped;
  }
}
