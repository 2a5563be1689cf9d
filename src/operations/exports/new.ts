import { Router } from 'express';
import { requestExport } from '../../domain/export/export-actions.ts';
import { exportForm } from '../../domain/export/export.ts';
import { BadRequest, Forbidden } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { parseForm } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { tenantFields } from '../../http/tenant-fields.ts';
import { paramsOf } from '../../params-of.ts';
import { contextOf } from '../list-display.ts';
import { exportedLists } from '../list-exports.ts';
import { returnToList } from '../list-selection.ts';

export const exports = Router();

/** The form is the page of a list that is too long for one response. */
exports.post('/', may('export.create'), async (req, res) => {
  const form = parseForm(exportForm, req.body);
  if (!form.ok) throw new BadRequest('The fields are those of the form');
  const { list, columns, query: params } = form.values;
  const exported = exportedLists[list];
  const { permission, path } = exported;
  if (permission !== null && !req.actor.permissions.has(permission)) throw new Forbidden(permission);
  const { id: userId, time_zone } = req.user!;
  const fields = exported.hasFields ? await tenantFields(req) : [];
  const options = { userId, time_zone: time_zone ?? req.tenant.time_zone, ids: null };
  let query;
  try {
    query = exported.parse(paramsOf(params ?? ''), options, fields);
  } catch (error) {
    return returnToList(req, res, `${path}?${new URLSearchParams(params ?? '').toString()}`, error);
  }
  const opened = exported.open({ query, columns: columns.split(',') }, contextOf(req), fields);
  if (opened.headings.length === 0) throw new BadRequest('The file would have no columns');
  await createOnce(
    req,
    res,
    'export',
    (db) => requestExport(db, req.actor, { list, query, columns }, opened),
    ({ task }) => {
      flash(req, res, 'The file is being written.');
      return `/tasks/${task}`;
    },
  );
});
