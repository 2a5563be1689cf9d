import { Router } from 'express';
import * as z from 'zod';
import { errorHeadings, errorRows } from '../../documents/import-errors.ts';
import { sendCsv } from '../../documents/send-document.ts';
import { code } from '../../domain/form/parse-values.ts';
import { cancelImport } from '../../domain/import/cancel-import.ts';
import { findImport } from '../../domain/import/import-queries.ts';
import { listRefusedRows } from '../../domain/import/list-rows.ts';
import { mayUndo, presentState } from '../../domain/import/import-state.ts';
import { startImport, startUndo } from '../../domain/import/import-steps.ts';
import { found, NotFound } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { parseForm } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { checkKind, showImport, type ImportRequest } from './show.ts';

export const importSteps = Router().param('id', idParam);

const choice = z.enum(['good_rows', 'all_or_nothing'], code('required'));
const runSchema = z.object({ choice, version: z.int() });
const emptySchema = z.object({});

async function openStep(req: ImportRequest) {
  const [row] = await req.readTenant((db) => [findImport(db, req.params.id)]);
  checkKind(req, found(row));
  return row!;
}

importSteps.post('/:id/run', may('imports.create'), async (req: ImportRequest, res) => {
  const { id } = req.params;
  await openStep(req);
  const form = parseForm(runSchema, req.body);
  const result = form.ok
    ? await req.inTenant((db) =>
        startImport(db, req.actor, id, {
          is_all_or_nothing: form.values.choice === 'all_or_nothing',
          version: form.values.version,
        }),
      )
    : form;
  if (!result.ok && result.errors[0]?.field !== 'version')
    return showImport(req, res.status(422), withErrors(req.body, result));
  if (result.ok) flash(req, res, 'The import has started.');
  else flash(req, res, 'This step was taken already.', { kind: 'info' });
  await seeOther(req, res, `/imports/${id}`);
});

importSteps.post('/:id/cancellation', may('imports.create'), async (req: ImportRequest, res) => {
  const { id } = req.params;
  await openStep(req);
  const state = await req.inTenant((db) => cancelImport(db, req.actor, id));
  if (state === 'undoing') flash(req, res, 'The import was cancelled. What it imported is being undone.');
  else if (state === 'cancelled') flash(req, res, 'The import was cancelled.');
  else flash(req, res, 'The import had already finished.', { kind: 'info' });
  await seeOther(req, res, `/imports/${id}`);
});

importSteps.get('/:id/undo', may('imports.create'), async (req: ImportRequest, res) => {
  const row = await openStep(req);
  if (!mayUndo(row)) return res.redirect(303, `/imports/${row.id}`);
  const { created = 0, updated = 0 } = row.counts;
  res.page('operations/imports/undo', { title: 'Undo this import', import_row: row, created, updated });
});

importSteps.post('/:id/undo', may('imports.create'), async (req: ImportRequest, res) => {
  const { id } = req.params;
  await openStep(req);
  const form = parseForm(emptySchema, req.body);
  const result = form.ok ? await req.inTenant((db) => startUndo(db, req.actor, id)) : form;
  if (result.ok) flash(req, res, 'The import is being undone.');
  else flash(req, res, 'This import can no longer be undone.', { kind: 'info' });
  await seeOther(req, res, `/imports/${id}`);
});

/** The refused rows as in the file, with the reasons. */
importSteps.get('/:id/errors', may('imports.create'), async (req: ImportRequest, res) => {
  const { id } = req.params;
  const [stored, refused] = await req.readTenant((db) => [findImport(db, id), listRefusedRows(db, id)]);
  const row = found(stored);
  checkKind(req, row);
  if (presentState(row) === 'checking') return res.redirect(303, `/imports/${id}`);
  const { file_id } = row;
  if (file_id === null || row.mapping === null) throw new NotFound('The file was deleted');
  const key = { tenantId: req.tenant.id, id: file_id };
  const open = (from: number) => req.fileStore.open(key, { start: from });
  const name = `${row.file_name.replace(/\.csv$/i, '')} errors`;
  await sendCsv(res, name, errorHeadings(row), errorRows(row, open, refused, req));
});
