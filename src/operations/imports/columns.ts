import { Router, type Request, type Response } from 'express';
import { findMatchedImport, listMappings, type MatchedImport } from '../../domain/import/column-queries.ts';
import { detectFormat } from '../../domain/csv/detect-format.ts';
import { MAX_COLUMNS } from '../../domain/csv/detect-format.ts';
import { importKinds } from '../../domain/import/kinds.ts';
import { headingField } from '../../domain/import/match-columns.ts';
import {
  changeFormat,
  formatSchema,
  isMatchable,
  matchImport,
  matchSchema,
  type MatchValues,
} from '../../domain/import/match-import.ts';
import { optionalLine } from '../../domain/form/fields.ts';
import { startCheck } from '../../domain/import/import-steps.ts';
import { refuse } from '../../domain/form/parse-values.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam, longForm } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { tenantFields } from '../../http/tenant-fields.ts';
import { withErrors } from '../form-errors.ts';
import { columnPage, openFile } from '../import-column-page.ts';
import type { ImportRequest } from './list.ts';
import { checkKind } from './show.ts';

export const importColumnPages = Router().param('id', idParam);

importColumnPages.get('/:id/columns', may('imports.create'), async (req: ImportRequest, res) => {
  await showColumns(req, res, emptyForm);
});

importColumnPages.post(
  '/:id/columns',
  may('imports.create'),
  longForm(MAX_COLUMNS * 40, MAX_COLUMNS),
  async (req: ImportRequest, res) => {
    const { id } = req.params;
    const row = await readImport(req, id);
    const columns = importKinds[row.kind].columns(await tenantFields(req as Request));
    const names = row.header.map((_, index) => headingField(index));
    const chosen = Object.fromEntries(names.map((name) => [name, optionalLine()]));
    const form = parseForm(matchSchema.extend(chosen), req.body);
    const result = form.ok
      ? await req.inTenant(async (db) => {
          const values: Record<string, unknown> = form.values;
          const mapping = names.map(
            (name) => columns.find((each) => each.name === values[name])?.name ?? null,
          );
          const matched = await matchImport(db, req.actor, id, values as MatchValues, { mapping, columns });
          return matched.ok ? startCheck(db, req.actor, id) : matched;
        })
      : form;
    if (!result.ok) return showColumns(req, res.status(422), withErrors(req.body, result));
    await seeOther(req, res, `/imports/${id}`);
  },
);

importColumnPages.post('/:id/format', may('imports.create'), async (req: ImportRequest, res) => {
  const { id } = req.params;
  const row = await readImport(req, id);
  const form = parseForm(formatSchema, req.body);
  const result = form.ok ? await readAgain(req, row, form.values) : form;
  if (!result.ok) return showColumns(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The file was read again.');
  await seeOther(req, res, `/imports/${id}/columns`);
});

async function readAgain(
  req: ImportRequest,
  row: MatchedImport,
  { version, ...chosen }: Pick<MatchedImport, 'encoding' | 'delimiter' | 'version'>,
) {
  const open = openFile(req as Request, row);
  if (!open) return refuse({ field: 'version', code: 'import_file_expired' });
  const detected = await detectFormat(open, chosen);
  if (detected.ok) return req.inTenant((db) => changeFormat(db, req.actor, row.id, version, detected.format));
  return refuse(...detected.errors.map((error) => ({ ...error, field: 'encoding' })));
}

async function readImport(req: ImportRequest, id: string): Promise<MatchedImport> {
  const [row] = await req.readTenant((db) => [findMatchedImport(db, id)]);
  checkKind(req, found(row));
  return row!;
}

async function showColumns(req: ImportRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [stored, saved] = await req.readTenant((db) => [findMatchedImport(db, id), listMappings(db, id)]);
  const row = found(stored);
  checkKind(req, row);
  if (!isMatchable(row)) {
    flash(req, res, 'The columns of this import can no longer be changed.', { kind: 'info' });
    return seeOther(req, res, `/imports/${id}`);
  }
  res.page('operations/imports/columns', await columnPage(req as Request, row, saved, form));
}
