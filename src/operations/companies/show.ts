import { Router, type Request, type Response } from 'express';
import { updateCompany } from '../../domain/company/company-actions.ts';
import { statusRules } from '../../domain/company/company-status.ts';
import {
  findCompany,
  listChildren,
  listParentSuggestions,
  MAX_CHILDREN,
} from '../../domain/company/company-queries.ts';
import { listAllCustomFields, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { formValues, readCustom } from '../../domain/custom-field/form-fields.ts';
import { changedCompanySchema } from '../../domain/company/company.ts';
import { listRowLabels } from '../../domain/label/label-queries.ts';
import { firstPageReads } from '../../domain/record/first-page.ts';
import { memberList } from '../../domain/membership/membership-list.ts';
import { found } from '../../errors.ts';
import {
  customForms,
  fieldInputs,
  formerInputs,
  missingTitles,
  shownFields,
  staffForm,
} from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { readList } from '../../http/read-list.ts';
import { seeOther } from '../../http/see-other.ts';
import { accessBadge, companyBadges } from '../badges.ts';
import { withErrors } from '../form-errors.ts';
import { shownLabels } from '../label-badges.ts';
import { firstPageLocals } from '../records/first-page.ts';
import { statusMeanings } from './status-texts.ts';

type CompanyRequest = Request<{ id: string }>;

export const company = Router().param('id', idParam);

company.get('/:id', may('companies.view'), async (req: CompanyRequest, res) => {
  const { id } = req.params;
  const list = await readList(req, res, memberList, { company: id });
  if (!list) return;
  const record = { type: 'company', id } as const;
  const [row, fields, labels, children, counts, pinned, fetched] = await req.readTenant((db) => [
    findCompany(db, id),
    listCustomFields(db, 'company'),
    listRowLabels(db, 'company', id),
    listChildren(db, id),
    ...firstPageReads(db, record),
    memberList.rows(db, list.query, list.place),
  ]);
  const company = found(row);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows: members, ...links } = page;
  res.page('operations/companies/show', {
    title: '{name}',
    title_params: { name: company.name },
    company,
    custom_rows: shownFields(req as Request, fields, company),
    missing_fields: missingTitles(fields, readCustom(company)),
    status_badge: companyBadges[company.status],
    status_meaning: statusMeanings[company.status],
    may_change: statusRules[company.status].may_change,
    labels: shownLabels(labels),
    ...(await firstPageLocals(req, record, [counts, pinned])),
    children: children
      .slice(0, MAX_CHILDREN)
      .map((child) => ({ ...child, badge: companyBadges[child.status] })),
    has_more_children: children.length > MAX_CHILDREN,
    customers: members.map((customer) => ({ ...customer, access_badge: accessBadge(customer) })),
    ...links,
  });
});

company.get('/:id/edit', may('companies.edit'), (req: CompanyRequest, res) => showEdit(req, res, emptyForm));

company.post('/:id', may('companies.edit'), customForms, async (req: CompanyRequest, res) => {
  const { id } = req.params;
  const result = await req.inTenant(async (db) => {
    const company = found(await findCompany(db, id));
    const custom = staffForm(req as Request, await listAllCustomFields(db, 'company'), readCustom(company));
    const { version: _, ...columns } = company;
    const stored = { ...columns, ...formValues(custom) };
    const form = parseForm(changedCompanySchema(custom), req.body, {
      stored,
      others: formerInputs(req as Request, res, custom),
    });
    return form.ok ? updateCompany(db, req.actor, company, form.values, custom) : form;
  });
  if (!result.ok) return showEdit(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'Your changes have been saved.');
  await seeOther(req, res, `/customers/companies/${id}`);
});

async function showEdit(req: CompanyRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, fields, parents] = await req.readTenant((db) => [
    findCompany(db, id),
    listCustomFields(db, 'company'),
    listParentSuggestions(db),
  ]);
  const company = found(row);
  res.page('operations/companies/edit', {
    title: 'Edit {name}',
    title_params: { name: company.name },
    company,
    parents,
    custom_fields: fieldInputs(req as Request, staffForm(req as Request, fields, readCustom(company))),
    form,
    is_stale: 'version' in form.errors,
    field_ids: { version: 'stored', status: 'name' },
    version: versionToRender(form, company.version),
  });
}
