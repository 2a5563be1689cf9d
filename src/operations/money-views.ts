import type { Request } from 'express';
import { yearsUntil } from '../domain/ledger/statement-months.ts';
import { channels, gatewayChannels } from '../domain/payment/payment.ts';
import type { ShownMethod } from '../domain/payment-method/payment-method-queries.ts';
import { describeMethod, isExpired } from '../domain/payment-method/payment-method.ts';
import { currencyCodes } from '../locales/currencies.ts';
import { channelLabels, methodBadges } from './money-badges.ts';

interface OwnedRow {
  user_id: string | null;
  company_id: string | null;
  company_name: string | null;
  user_name: string | null;
  user_email: string | null;
}

/** Who owes: a company or a person. */
export function customerLink(row: OwnedRow): { name: string; href: string; permission: string } {
  if (row.company_id !== null)
    return {
      name: row.company_name!,
      href: `/customers/companies/${row.company_id}`,
      permission: 'companies.view',
    };
  return { name: row.user_name || row.user_email!, href: `/users/${row.user_id}`, permission: 'users.view' };
}

type Customer = Pick<OwnedRow, 'user_id' | 'company_id'>;

/** The page with the invoices and the balance of a customer. */
export function invoicesPath(customer: Customer): string {
  return `${customerPath(customer)}/invoices`;
}

export function paymentDetailsPath(customer: Customer): string {
  return `${customerPath(customer)}/payment-details`;
}

function customerPath({ user_id, company_id }: Customer): string {
  return company_id === null ? `/users/${user_id}` : `/customers/companies/${company_id}`;
}

/** This year and the nine before. */
export function yearOptions(today: string): string[] {
  return yearsUntil(today).map(String);
}

/** Of a link that opens a form for a customer. */
export function customerParam(req: Request): string {
  const { customer } = req.query;
  return typeof customer === 'string' ? customer.slice(0, 254) : '';
}

/** Never more than what a receipt shows. */
export function methodRow(method: ShownMethod, billing: { today: string }) {
  const { id, status, is_default, exp_month, exp_year } = method;
  return {
    id,
    status,
    is_default,
    name: describeMethod(method),
    expires: exp_month && exp_year ? `${String(exp_month).padStart(2, '0')}/${exp_year}` : null,
    badge: methodBadges[status === 'active' && isExpired(method, billing) ? 'expired' : status],
  };
}

/** Also of payment services. */
export function allChannelOptions() {
  return [...channels, ...gatewayChannels].map((value) => ({ value, label: channelLabels[value] }));
}

export function channelOptions() {
  return channels.map((value) => ({ value, label: channelLabels[value] }));
}

/** That of the tenant unless the address names another. */
export function currencyParam(req: Request): string {
  const { currency } = req.query;
  return currencyCodes.find((code) => code === currency) ?? req.tenant.currency;
}
