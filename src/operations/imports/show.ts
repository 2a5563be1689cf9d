import { errorText, errorTexts } from '../../locales/error-texts.ts';
import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { countInvitable, invitableQuery } from '../../domain/user-import/invitable-users.ts';
import { bulkActions } from '../../domain/bulk-action/bulk-action.ts';
import { findImport, type Import } from '../../domain/import/import-queries.ts';
import { mayCancel, mayContinue, mayUndo, presentState } from '../../domain/import/import-state.ts';
import { importKinds } from '../../domain/import/kinds.ts';
import {
  listShownRows,
  PAGE_ROWS,
  rowFilterNames,
  rowFilters,
  type RowFilter,
} from '../../domain/import/list-rows.ts';
import { taskErrorText } from '../../domain/task/task.ts';
import { Forbidden, found } from '../../errors.ts';
import { emptyForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { refreshPage } from '../../http/refresh-page.ts';
import { readParam } from '../../http/read-param.ts';
import { tablesOf } from './shown-rows.ts';

export type ImportRequest = Request<{ id: string }>;

const REFRESH_SECONDS = 3;

export const shownImport = Router().param('id', idParam);

shownImport.get('/:id', may('imports.create'), async (req: ImportRequest, res) => {
  await showImport(req, res, emptyForm);
});

/** @throws {Forbidden} without the permissions of the kind */
export function checkKind(req: ImportRequest, { kind }: Pick<Import, 'kind'>): void {
  for (const permission of importKinds[kind].permissions)
    if (!req.actor.permissions.has(permission)) throw new Forbidden(permission);
}

export async function showImport(req: ImportRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const filter = readParam(req, 'show', z.enum(rowFilterNames));
  const after = readParam(req, 'after', z.coerce.number().int().min(0).max(2_147_483_647)) ?? 0;
  const [row, rows = []] = await req.readTenant((db) => [
    findImport(db, id),
    ...(filter ? [listShownRows(db, id, filter, after)] : []),
  ]);
  const shown = found(row);
  checkKind(req, shown);
  const state = presentState(shown);
  if (state === 'uploaded') return res.redirect(303, `/imports/${id}/columns`);
  const isRunning = state === 'checking' || state === 'importing' || state === 'undoing';
  const first = isRunning || filter || Object.keys(form.errors).length > 0 ? undefined : firstFilter(shown);
  if (first) return res.redirect(303, `/imports/${id}?show=${first}`);
  const [invitable] =
    !isRunning && mayInvite(req, shown) ? await req.readTenant((db) => [countInvitable(db, id)]) : [];
  res.page('operations/imports/show', {
    title: 'Import {file}',
    title_params: { file: shown.file_name },
    form,
    import_row: shown,
    state,
    counts: shown.counts,
    clears_empty: shown.options.clears_empty ?? false,
    is_running: isRunning,
    is_refreshing: isRunning && refreshPage(req, res, REFRESH_SECONDS),
    may_cancel: mayCancel(shown),
    may_undo: mayUndo(shown),
    invitable: { count: invitable?.rows[0]!.count ?? 0, query: invitableQuery(id) },
    may_continue: mayContinue(shown),
    error_text: errorTextOf(shown),
    filters: isRunning ? [] : filtersOf(shown, filter),
    ...tablesOf(shown, filter, rows.slice(0, PAGE_ROWS)),
    next: rows.length > PAGE_ROWS ? `?show=${filter}&after=${rows[PAGE_ROWS - 1]!.line}` : null,
  });
}

/** The first rows that need attention. */
function firstFilter({ counts }: Import): RowFilter | undefined {
  const order: RowFilter[] = ['failed', 'skipped', 'error', 'update', 'create', 'unchanged', 'undone'];
  return order.find((each) => (counts[each] ?? 0) > 0);
}

function filtersOf({ counts }: Import, chosen: RowFilter | undefined) {
  return rowFilterNames
    .filter((name) => (counts[name] ?? 0) > 0)
    .map((name) => ({
      text: rowFilters[name].label,
      count: counts[name]!,
      href: `?show=${name}`,
      is_current: name === chosen,
    }));
}

/** Of the task, or of a file that cannot be read to its end. */
function errorTextOf({ error, task_error, task_state }: Import) {
  if (error !== null) {
    const { code, line } = JSON.parse(error) as { code: 'file_has_nul'; line: number };
    return { text: errorText({ field: '', code }, errorTexts.operations), params: { line } };
  }
  return task_state === 'failed' && task_error !== null
    ? { text: taskErrorText(task_error), params: {} }
    : null;
}

function mayInvite({ actor }: ImportRequest, { kind, counts }: Import): boolean {
  const { created = 0, undone = 0 } = counts;
  const { permission } = bulkActions['send-invitation'];
  return kind === 'users' && created > undone && actor.permissions.has(permission);
}
