import { companyList } from '../../domain/company/company-list.ts';
import { rowLabels } from '../row-labels.ts';
import { selectedLabels } from '../list-labels.ts';

export const companyLabels = rowLabels({
  entity: 'company',
  path: '/customers/companies',
  view: 'operations/companies/labels',
}).use(
  selectedLabels({
    entity: 'company',
    path: '/customers/companies',
    title: 'Companies',
    list: companyList,
  }),
);
