import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import type { List } from '../database/list.ts';
import { MAX_COUNT } from '../database/paginate.ts';
import type { Filters } from '../database/parse-list.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { CustomField } from '../domain/custom-field/custom-field-queries.ts';
import { listWithFields } from '../domain/custom-field/field-list.ts';
import { line } from '../domain/form/fields.ts';
import { changePermissions, changeSelected, type LabelChange } from '../domain/label/change-selected.ts';
import { listLabels } from '../domain/label/label-queries.ts';
import type { LabelEntity } from '../domain/label/label.ts';
import { openRows } from '../domain/label/selected-rows.ts';
import { flash } from '../http/flash.ts';
import { emptyForm, parseForm, submittedNames, submittedText, type Form } from '../http/form.ts';
import { may } from '../http/guards.ts';
import { seeOther } from '../http/see-other.ts';
import { tenantFields } from '../http/tenant-fields.ts';
import type { Plural } from '../locales/translate.ts';
import { withErrors } from './form-errors.ts';
import type { SelectionAction } from './list-actions.ts';
import { readSelectedRows, readSelection, returnToList } from './list-selection.ts';

const pages = { add: 'additions', remove: 'removals' } as const;
const titles = { add: 'Add label', remove: 'Remove label' } as const;

const added = {
  user: { one: '{label} was added to {count} user.', other: '{label} was added to {count} users.' },
  company: { one: '{label} was added to {count} company.', other: '{label} was added to {count} companies.' },
  rental: { one: '{label} was added to {count} rental.', other: '{label} was added to {count} rentals.' },
} satisfies Record<LabelEntity, Plural>;

const removed = {
  user: { one: '{label} was removed from {count} user.', other: '{label} was removed from {count} users.' },
  company: {
    one: '{label} was removed from {count} company.',
    other: '{label} was removed from {count} companies.',
  },
  rental: {
    one: '{label} was removed from {count} rental.',
    other: '{label} was removed from {count} rentals.',
  },
} satisfies Record<LabelEntity, Plural>;

/** For the selection of a list. */
export function labelActions(entity: LabelEntity, path: string): SelectionAction[] {
  const permission = changePermissions[entity];
  return (['add', 'remove'] as const).map((change) => ({
    name: `${change}-label`,
    label: change === 'add' ? 'Add label…' : 'Remove label…',
    permission,
    href: `${path}/labels/${pages[change]}`,
  }));
}

interface SelectedLabels<Row extends { id: string }, Given extends Filters> {
  entity: LabelEntity;
  /** Of the list, with its title. */
  path: string;
  title: string;
  list: List<Row, TenantDb, Given, never>;
}

const labelForm = z.object({ label_id: line(36) });

/** The pages that ask which label the selected rows get or lose. Their form is first that of the list, without a label. */
export function selectedLabels<Row extends { id: string }, Given extends Filters>({
  entity,
  path,
  title,
  list,
}: SelectedLabels<Row, Given>): Router {
  const labels = Router();
  const permission = changePermissions[entity];

  const handle = (change: LabelChange) => async (req: Request, res: Response) => {
    const fields = await tenantFields(req);
    const back = `${path}?${readSelectedRows(req, ['label_id']).query}`;
    let selection;
    try {
      selection = readSelection(req, listWithFields(list, fields), {}, ['label_id']);
    } catch (error) {
      return returnToList(req, res, back, error);
    }
    if (!selection) {
      flash(req, res, 'Select at least one row.', { kind: 'warn' });
      return seeOther(req, res, back);
    }
    const query = JSON.stringify(selection.query);
    const page = { entity, change, path, title, query, back, fields };
    if (!submittedNames(req.body).includes('label_id')) return show(req, res, page, emptyForm);
    const form = parseForm(labelForm, { label_id: submittedText(req.body, 'label_id') });
    const result = form.ok
      ? await req.inTenant((db) => changeSelected(db, req.actor, { change, entity, query, ...form.values }))
      : form;
    if (!result.ok) return show(req, res.status(422), page, withErrors(req.body, result));
    if (result.task) return seeOther(req, res, `/tasks/${result.task}`);
    const params = { label: result.label.name, count: result.changed };
    const text = (change === 'add' ? added : removed)[entity];
    if (result.changed > 0) flash(req, res, text, { params });
    else flash(req, res, 'There were no changes to save.', { kind: 'info' });
    await seeOther(req, res, back);
  };

  labels.post('/labels/additions', may(permission), handle('add'));
  labels.post('/labels/removals', may(permission), handle('remove'));
  return labels;
}

interface SelectedPage {
  entity: LabelEntity;
  change: LabelChange;
  path: string;
  title: string;
  query: string;
  back: string;
  fields: readonly CustomField[];
}

async function show(req: Request, res: Response, page: SelectedPage, form: Form): Promise<void> {
  const { entity, change, path, title, query, back, fields } = page;
  const { list, columns, query: address, ids } = readSelectedRows(req, ['label_id']);
  const { count, labels } = await req.inTenant(async (db) => ({
    count: await openRows(entity, query, fields).count(db, MAX_COUNT),
    labels: await listLabels(db),
  }));
  res.page('operations/selected-labels', {
    title: titles[change],
    form,
    entity,
    list_path: path,
    list_title: title,
    page_title: titles[change],
    back,
    action: `${path}/labels/${pages[change]}`,
    count,
    max_count: MAX_COUNT,
    labels: labels.map(({ id, name }) => ({ value: id, label: name })),
    selection: { list, columns, query: address, ids: ids ?? [], all: ids === null },
  });
}
