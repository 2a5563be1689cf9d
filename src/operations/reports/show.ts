import { Router } from 'express';
import { may } from '../../http/guards.ts';

export const reports = Router();

const pages = [
  {
    href: '/reports/ageing',
    text: 'Ageing',
    about: 'What each customer owes on a day, by how long it has been due.',
  },
  {
    href: '/reports/tax',
    text: 'Tax',
    about: 'Net and tax of each tax rate in a period.',
  },
  {
    href: '/reports/income',
    text: 'Income',
    about: 'What was charged without tax in each month.',
  },
] as const;

reports.get('/', may('reports.view'), (_req, res) => {
  res.page('operations/reports/show', { title: 'Reports', pages });
});
