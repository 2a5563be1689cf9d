import type { Client } from './client.ts';

/** Paths of the lists in the operations portal, by names that are the same for every tenant. */
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
    'users, page 2': await withCursorFrom(staff, '/users', '/users'),
    'users, last page': await withCursorFrom(staff, '/users?sort=created', '/users'),
    'users by name': '/users?sort=name',
    'users by name, last page': await withCursorFrom(staff, '/users?sort=-name', '/users?sort=name'),
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
    'companies, page 2': await withCursorFrom(staff, '/customers/companies', '/customers/companies'),
    'companies, last page': await withCursorFrom(
      staff,
      '/customers/companies?sort=-name',
      '/customers/companies',
    ),
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
    'emails, page 2': await withCursorFrom(staff, '/emails', '/emails'),
    'emails, last page': await withCursorFrom(staff, '/emails?sort=created', '/emails'),
    'emails failed': '/emails?state=failed',
    'emails bounced': '/emails?state=bounced',
    'emails accepted': '/emails?state=accepted',
    'emails by address': '/emails?q=ada.abara1',
    'emails by address, many': '/emails?q=a',
    'emails by address, none': '/emails?q=zz',
    'emails by address, failed': '/emails?q=a&state=failed',
    'emails by address, bounced': '/emails?q=a&state=bounced',
  };
}

async function auditLogPages(staff: Client): Promise<Record<string, string>> {
  return {
    'audit log': '/audit-log',
    'audit log, page 2': await withCursorFrom(staff, '/audit-log', '/audit-log'),
    'audit log, last page': await withCursorFrom(staff, '/audit-log?sort=at', '/audit-log'),
    'audit log, one event': '/audit-log?event=user.updated',
    'audit log, an event without rows': '/audit-log?event=terms.published',
    'audit log by actor': '/audit-log?q=bilal+abara101',
    'audit log by actor, many': '/audit-log?q=a',
    'audit log by actor, none': '/audit-log?q=zzzz',
    'audit log by actor, many, one event': '/audit-log?q=a&event=terms.published',
    'audit log, two days': `/audit-log?from=${isoDate(1)}&to=${isoDate(2)}`,
  };
}

/** `path` with the cursor after the first page of `from`; its last page when `from` has the reverse order. */
async function withCursorFrom(staff: Client, from: string, path: string): Promise<string> {
  const [, cursor = ''] = /[?&;]after=([\w%.-]+)/.exec((await staff.get(from)).text) ?? [];
  return `${path}${path.includes('?') ? '&' : '?'}after=${cursor}`;
}

async function firstMatch(staff: Client, path: string, link: RegExp): Promise<string> {
  return link.exec((await staff.get(path)).text)?.[1] ?? path;
}

function isoDate(daysAhead: number): string {
  return new Date(Date.now() + daysAhead * 86_400_000).toISOString().slice(0, 10);
}
