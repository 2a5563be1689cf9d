import type { Client } from './client.ts';

/** The paths of the operations portal's lists with each order, filter and page; the names are equal for every tenant. */
export async function listPages(staff: Client): Promise<Record<string, string>> {
  const link = /href="(\/customers\/companies\/[0-9a-f-]{36})"/;
  const company = await firstMatch(staff, '/customers/companies', link);
  return {
    ...(await userPages(staff, company.split('/').at(-1)!)),
    ...(await companyPages(staff, company)),
    ...(await emailPages(staff)),
    ...(await auditLogPages(staff)),
  };
}

async function userPages(staff: Client, companyId: string): Promise<Record<string, string>> {
  return {
    users: '/users',
    'users, page 2': await after(staff, '/users', '/users'),
    'users, last page': await after(staff, '/users?sort=created', '/users'),
    'users by name': '/users?sort=name',
    'users by name, last page': await after(staff, '/users?sort=-name', '/users?sort=name'),
    'users by address': '/users?sort=email',
    'users containing, one': '/users?q=abara101.101%40',
    'users containing, many': '/users?q=farah',
    'users containing, many, by name': '/users?q=farah&sort=name',
    'users containing, none': '/users?q=zzzzzz',
    'users by phone': '/users?q=%2B1555000',
    'users beginning with, many': '/users?q=fa',
    'users beginning with, few': '/users?q=ii',
    'users beginning with, by name': '/users?q=fa&sort=name',
    'users not activated': '/users?view=not-activated',
    'users not activated, by name': '/users?view=not-activated&sort=name',
    'users not verified': '/users?view=not-verified',
    'users disabled': '/users?view=disabled',
    'users disabled, by name': '/users?view=disabled&sort=name',
    'users enabled': '/users?status=enabled',
    'users invited': '/users?access=invited',
    'users expired': '/users?access=expired',
    'users bounced': '/users?access=bounced',
    'users bounced, by name': '/users?access=bounced&sort=name',
    'users without access': '/users?access=no_access',
    'users active, by address': '/users?access=active&sort=email',
    'users of a company': `/users?company=${companyId}`,
    'users of a company, by name': `/users?company=${companyId}&sort=name`,
    'users of a company, containing': `/users?company=${companyId}&q=farah`,
    'a user': await firstMatch(staff, '/users', /href="(\/users\/[0-9a-f-]{36})"/),
  };
}

async function companyPages(staff: Client, company: string): Promise<Record<string, string>> {
  return {
    companies: '/customers/companies',
    'companies, page 2': await after(staff, '/customers/companies', '/customers/companies'),
    'companies, last page': await after(staff, '/customers/companies?sort=-name', '/customers/companies'),
    'companies by code': '/customers/companies?sort=code',
    'companies containing, many': '/customers/companies?q=bakery',
    'companies containing, few': '/customers/companies?q=bakery+11',
    'companies containing, none': '/customers/companies?q=zzzzzz',
    'companies beginning with': '/customers/companies?q=ab',
    'companies beginning with, by code': '/customers/companies?q=ab&sort=code',
    'a company': company,
    'create a company': '/customers/companies/new',
  };
}

async function emailPages(staff: Client): Promise<Record<string, string>> {
  return {
    emails: '/emails',
    'emails, page 2': await after(staff, '/emails', '/emails'),
    'emails, last page': await after(staff, '/emails?sort=created', '/emails'),
    'emails failed': '/emails?state=failed',
    'emails bounced': '/emails?state=bounced',
    'emails accepted': '/emails?state=accepted',
    'emails to': '/emails?q=ada.abara1',
    'emails to, many': '/emails?q=a',
    'emails to, none': '/emails?q=zz',
    'emails to, failed': '/emails?q=a&state=failed',
    'emails to, bounced': '/emails?q=a&state=bounced',
  };
}

async function auditLogPages(staff: Client): Promise<Record<string, string>> {
  return {
    'audit log': '/audit-log',
    'audit log, page 2': await after(staff, '/audit-log', '/audit-log'),
    'audit log, last page': await after(staff, '/audit-log?sort=at', '/audit-log'),
    'audit log, one event': '/audit-log?event=user.updated',
    'audit log, an event without rows': '/audit-log?event=terms.published',
    'audit log of a user': '/audit-log?q=bilal+abara101',
    'audit log of many': '/audit-log?q=a',
    'audit log of none': '/audit-log?q=zzzz',
    'audit log of many, one event': '/audit-log?q=a&event=terms.published',
    'audit log, two days': `/audit-log?from=${day(1)}&to=${day(2)}`,
  };
}

/** `path` from the position of the second page of `from`; with the reverse order of `from` it is the last page. */
async function after(staff: Client, from: string, path: string): Promise<string> {
  const [, cursor = ''] = /[?&;]after=([\w%.-]+)/.exec((await staff.get(from)).text) ?? [];
  return `${path}${path.includes('?') ? '&' : '?'}after=${cursor}`;
}

async function firstMatch(staff: Client, path: string, link: RegExp): Promise<string> {
  return link.exec((await staff.get(path)).text)?.[1] ?? path;
}

function day(daysAhead: number): string {
  return new Date(Date.now() + daysAhead * 86_400_000).toISOString().slice(0, 10);
}
