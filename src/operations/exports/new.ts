import { Router } from 'express';
import { requestExport } from '../../domain/export/export-actions.ts';
import { exportForm } from '../../domain/export/export.ts';
import { BadRequest, Forbidden } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { parseForm } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { contextOf } from '../list-display.ts';
import { exportedLists } from '../list-exports.ts';
import { paramsOf } from '../list-selection.ts';

export const exports = Router();

/** The form is the page of a list that is too long for one response. */
exports.post('/', may('export.create'), async (req, res) => {
  const form = parseForm(exportForm, req.body);
  if (!form.ok) throw new BadRequest('The fields are those of the form');
  const { list, columns, query: params } = form.values;
  const exported = exportedLists[list];
  const { permission } = exported;
  if (permission !== null && !req.actor.permissions.has(permission)) throw new Forbidden(permission);
  const { id: userId, time_zone } = req.user!;
  const query = exported.parse(paramsOf(params ?? ''), {
    userId,
    time_zone: time_zone ?? req.tenant.time_zone,
    ids: null,
  });
  const opened = exported.open({ query, columns: columns.split(',') }, contextOf(req));
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
