import { asPlatform } from '../database/as-platform.ts';
import { accessTenant, type TenantAccess } from '../database/in-tenant.ts';
import { rowErrorText } from '../documents/import-errors.ts';
import { cancelImport } from '../domain/import/cancel-import.ts';
import type { Import } from '../domain/import/import-queries.ts';
import { beginImport } from '../domain/import/import-steps.ts';
import { openFileStore } from '../files/file-store.ts';
import { importCheckKind } from '../tasks/import-check.ts';
import { importKind } from '../tasks/import.ts';
import { runWithoutTask } from '../tasks/run-without-task.ts';
import { command, CommandFailed, getTenant, withDatabase } from './command.ts';
import { checkFile, importOptions, readChoices, type ImportCall } from './import-options.ts';
import { getImport, report } from './import-report.ts';
import { commandLine, storeImport } from './import-store.ts';

export const importFile = command({
  options: importOptions,
  required: ['tenant', 'kind', 'file'],
  run: async (call) => {
    const choices = await readChoices(call);
    const file = call.options.file!;
    await checkFile(file);
    await withDatabase(call.config, async ({ database }) => {
      const tenant = await asPlatform(database, (db) => getTenant(db, call.options.tenant!));
      const access = accessTenant(database, tenant.id);
      const files = openFileStore(call.config.filesUrl);
      const deps = { files, secretKeys: call.config.secretKeys };
      const stored = await storeImport(access, files, file, choices);
      const input = { import_id: stored.id, file, requested_by: '' };
      await orCancel(access, stored.id, () => runWithoutTask(importCheckKind(deps), input, access));
      const checked = await getImport(access, stored.id);
      if (checked.error !== null) throw new CommandFailed(unreadable(checked.error));
      if (mayStart(call, checked)) {
        const isAllOrNothing = call.options['all-or-nothing'] ?? false;
        await access.inTenant((db) => beginImport(db, commandLine, stored.id, isAllOrNothing));
        await orCancel(access, stored.id, () => runWithoutTask(importKind(deps), input, access));
      }
      await report(call, access, files, stored);
    });
  },
});

/** After an error the import is cancelled, so that it can be continued or undone. */
export async function orCancel(
  access: TenantAccess,
  id: string,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    // The first error is the one to report.
    await access.inTenant((db) => cancelImport(db, commandLine, id)).catch(() => undefined);
    throw error;
  }
}

function unreadable(error: string): string {
  const { code, line } = JSON.parse(error) as { code: 'file_has_nul'; line: number };
  return rowErrorText({ column: '', value: '', code, params: { line } });
}

function mayStart({ options: given }: ImportCall, { counts }: Import): boolean {
  const { create = 0, update = 0, error = 0 } = counts;
  if (given['dry-run'] || create + update === 0) return false;
  return !(given['all-or-nothing'] && error > 0);
}
