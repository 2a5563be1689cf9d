import { Router, type Request, type Response } from 'express';
import { createCompany } from '../../domain/company/company-actions.ts';
import { companyList } from '../../domain/company/company-list.ts';
import { findCompanyName, listParentSuggestions } from '../../domain/company/company-queries.ts';
import { listAllCustomFields, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { companyStatuses, newCompanySchema } from '../../domain/company/company.ts';
import { listSites } from '../../domain/site/site-queries.ts';
import { listLabels } from '../../domain/label/label-queries.ts';
import { customForms, fieldInputs, formerInputs, staffForm } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { companyBadges } from '../badges.ts';
import { withErrors } from '../form-errors.ts';
import { namedOptions } from '../list-controls.ts';
import { importLink } from '../list-display.ts';
import { listScreen } from '../list-screen.ts';
import { companyColumns } from './columns.ts';

export const companies = Router();

companies.get(
  '/',
  may('companies.view'),
  listScreen({
    title: 'Companies',
    path: '/customers/companies',
    list: companyList,
    file: 'companies',
    columns: companyColumns,
    actions: [
      {
        text: 'Create company',
        href: '/customers/companies/new',
        permission: 'companies.create',
        look: 'menu',
      },
      { ...importLink('companies'), look: 'menu' },
    ],
    load: (db, { filters: { parent } }) => [
      listSites(db),
      listLabels(db),
      ...(parent === undefined ? [] : [findCompanyName(db, parent)]),
    ],
    search: { placeholder: 'Name or code' },
    filters: [
      {
        kind: 'many',
        name: 'status',
        label: 'Status',
        options: companyStatuses.map((value) => ({ value, label: companyBadges[value].text })),
      },
      {
        kind: 'one',
        name: 'renting',
        label: 'Renting',
        options: [
          { value: 'yes', label: 'Yes' },
          { value: 'no', label: 'No' },
        ],
      },
      { kind: 'many', name: 'site', label: 'Site', data: ([sites]) => namedOptions(sites) },
      { kind: 'many', name: 'label', label: 'Label', data: ([, labels]) => namedOptions(labels) },
      {
        kind: 'link',
        name: 'parent',
        label: 'Parent company',
        has_chip: true,
        chip: ([, , parent]) => parent?.name,
      },
      { kind: 'range', name: 'created', label: 'Created' },
    ],
    count: { one: '{count} company', other: '{count} companies' },
    more: '{count}+ companies',
    cut: '{total} among the {most} latest matches. Refine your search to see others.',
    noMatch: ({ q }) => ({
      heading: 'No companies match',
      ...(q && { text: 'No company with these filters has “{q}” in its name or code.', params: { q } }),
    }),
    firstUse: {
      heading: 'Add your first company',
      icon: 'company',
      text: 'A company groups the customers who act for it. A customer can have different roles in each company.',
      action: {
        text: 'Create the first company',
        href: '/customers/companies/new',
        permission: 'companies.create',
      },
      second: importLink('companies'),
    },
  }),
);

companies.get('/new', may('companies.create'), (req, res) => showNew(req, res, emptyForm));

companies.post('/', may('companies.create'), customForms, async (req, res) => {
  const refused = await createOnce(
    req,
    res,
    'company',
    async (db) => {
      const custom = staffForm(req, await listAllCustomFields(db, 'company'));
      const form = parseForm(newCompanySchema(custom), req.body, { others: formerInputs(req, res, custom) });
      return form.ok ? createCompany(db, req.actor, form.values, custom) : form;
    },
    ({ company: { id, name, code } }) => {
      flash(req, res, '{name} was created with the code {code}.', { params: { name, code } });
      return `/customers/companies/${id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [parents, fields] = await req.readTenant((db) => [
    listParentSuggestions(db),
    listCustomFields(db, 'company'),
  ]);
  const custom_fields = fieldInputs(req, staffForm(req, fields));
  res.page('operations/companies/new', { title: 'Create company', form, parents, custom_fields });
}
