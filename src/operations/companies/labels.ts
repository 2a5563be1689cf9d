import { rowLabels } from '../row-labels.ts';

export const companyLabels = rowLabels({
  entity: 'company',
  path: '/customers/companies',
  view: 'operations/companies/labels',
  permission: 'companies.edit',
});
