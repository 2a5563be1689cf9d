import { Router } from 'express';
import { BadRequest, Forbidden } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { may } from '../../http/guards.ts';
import { seeOther } from '../../http/see-other.ts';
import { tenantFields } from '../../http/tenant-fields.ts';
import { paramsOf } from '../../params-of.ts';
import { contextOf } from '../list-display.ts';
import { exportedLists } from '../list-exports.ts';
import { sendExport } from '../list-file.ts';
import { readSelectedRows, returnToList } from '../list-selection.ts';

export const selectedExports = Router();

/** The form is that of a list. */
selectedExports.post('/', may('export.create'), async (req, res) => {
  const { list: name, columns, query: address, ids } = readSelectedRows(req);
  const exported = exportedLists[name];
  const { permission, path } = exported;
  if (permission !== null && !req.actor.permissions.has(permission)) throw new Forbidden(permission);
  if (ids?.length === 0) {
    flash(req, res, 'Select at least one row.', { kind: 'warn' });
    return seeOther(req, res, `${path}?${new URLSearchParams(address).toString()}`);
  }
  const { id: userId, time_zone } = req.user!;
  const options = { userId, time_zone: time_zone ?? req.tenant.time_zone, ids };
  const fields = exported.hasFields ? await tenantFields(req) : [];
  let query;
  try {
    query = exported.parse(paramsOf(address), options, fields);
  } catch (error) {
    return returnToList(req, res, `${path}?${new URLSearchParams(address).toString()}`, error);
  }
  const opened = exported.open({ query, columns: columns.split(',') }, contextOf(req), fields);
  if (opened.headings.length === 0) throw new BadRequest('The file would have no columns');
  await sendExport(req, res, { name, columns, path }, opened);
});
