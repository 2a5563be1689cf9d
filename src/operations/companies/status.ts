import { Router, type Request, type Response } from 'express';
import {
  isArchivable,
  listArchiveBlockers,
  type ArchiveBlocker,
} from '../../domain/company/archive-blockers.ts';
import { changeCompanyStatus, listStatusChanges, statusSchema } from '../../domain/company/change-status.ts';
import { findCompany } from '../../domain/company/company-queries.ts';
import { statusRules } from '../../domain/company/company-status.ts';
import { companyStatuses } from '../../domain/company/company.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { companyBadges } from '../badges.ts';
import { withErrors } from '../form-errors.ts';
import { statusMeanings } from './status-texts.ts';

type CompanyRequest = Request<{ id: string }>;

export const companyStatus = Router().param('id', idParam);

companyStatus.get('/:id/status', may('companies.status'), (req: CompanyRequest, res) =>
  showStatus(req, res, emptyForm),
);

companyStatus.post('/:id/status', may('companies.status'), async (req: CompanyRequest, res) => {
  const { id } = req.params;
  const form = parseForm(statusSchema, req.body);
  const result = form.ok
    ? await req.inTenant((db) => changeCompanyStatus(db, req.actor, id, form.values))
    : form;
  if (!result.ok) return showStatus(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The status of {name} was changed.', { params: { name: result.company.name } });
  await seeOther(req, res, `/customers/companies/${id}`);
});

async function showStatus(req: CompanyRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, accounts, changes] = await req.readTenant((db) => [
    findCompany(db, id),
    listArchiveBlockers(db, id),
    listStatusChanges(db, id),
  ]);
  const company = found(row);
  const next = statusRules[company.status].next;
  res.page('operations/companies/status', {
    title: 'Status of {name}',
    title_params: { name: company.name },
    company,
    form,
    field_ids: { version: 'status' },
    version: versionToRender(form, company.version),
    status_badge: companyBadges[company.status],
    meaning: statusMeanings[company.status],
    statuses: companyStatuses
      .filter((status) => next.includes(status))
      .map((value) => ({ value, label: companyBadges[value].text, hint: statusMeanings[value] })),
    blockers: next.includes('archived') && !isArchivable(accounts) ? accounts.flatMap(blockersOf) : [],
    changes: changes.map(({ at, actor_name, changes: { status, reason } }) => ({
      at,
      actor_name,
      from: status && companyBadges[status[0]].text,
      to: status && companyBadges[status[1]].text,
      reason: reason?.[1] ?? null,
    })),
  });
}

/** Counts and amounts of one currency that are not zero. */
function blockersOf({ currency, ...account }: ArchiveBlocker) {
  const { rentals, drafts, payments, receivable_cents, credit_cents, deposit_cents } = account;
  const counts = [
    { text: { one: '{count} open rental', other: '{count} open rentals' }, count: rentals, path: 'units' },
    { text: { one: '{count} draft', other: '{count} drafts' }, count: drafts, path: 'invoices' },
    {
      text: { one: '{count} payment on its way', other: '{count} payments on their way' },
      count: payments,
      path: 'invoices',
    },
  ];
  const amounts = [
    { text: '{amount} is not paid', amount: receivable_cents },
    { text: '{amount} is credit', amount: credit_cents },
    { text: '{amount} is held as a deposit', amount: deposit_cents },
  ];
  return [
    ...counts.filter(({ count }) => count > 0),
    ...amounts.filter(({ amount }) => amount !== 0n).map((each) => ({ ...each, currency, path: 'invoices' })),
  ];
}
