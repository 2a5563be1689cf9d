import { loginOf } from './demo.ts';
import { changeTask, queueTestTask } from '../support/tasks.ts';
import type { ServedPortal } from '../support/serve-portal.ts';

export interface TestedPage {
  name: string;
  portal: 'account' | 'operations' | 'platform';
  path: string;
  /** Opened without a login. */
  anonymous?: boolean;
}

/** The demo rows for pages with an id. */
export interface Ids {
  user: string;
  company: string;
  /** The company of the demo customer who is logged in. */
  own_company: string;
  /** A customer of that company. */
  member: string;
  terms_version: string;
  email: string;
  custom_field: string;
  /** A finished task, because the page of an unfinished one reloads. */
  task: string;
  /** A member of staff who has not logged in yet. */
  staff: string;
  tenant: string;
}

/** Every page that a URL alone opens at the demo's first tenant. */
export function pagesOf(ids: Ids): TestedPage[] {
  const account = (path: string, anonymous = false): TestedPage =>
    page('account', `/account${path}`, anonymous);
  const operations = (path: string, anonymous = false): TestedPage => page('operations', path, anonymous);
  const company = `/customers/companies/${ids.company}`;
  return [
    account('/login', true),
    account('/forgot-password', true),
    account('/forgot-password/sent', true),
    account('/activate', true),
    account('/activate/sent', true),
    account('/set-password', true),
    account('/set-password?token=invalid', true),
    account('/set-password/done', true),
    account('/invitation/links', true),
    account('/invitation/links/sent', true),
    account('/verify-email/links', true),
    account('/terms', true),
    account(''),
    account('/profile'),
    account('/profile/email'),
    account('/profile/time-zone'),
    account('/security'),
    account('/billing'),
    account('/billing/payments'),
    account('/billing/payment-methods/new'),
    account('/units'),
    account(`/companies/${ids.own_company}`),
    account(`/companies/${ids.own_company}/billing`),
    account(`/companies/${ids.own_company}/units`),
    account('/no-such-page'),
    operations('/login', true),
    operations('/forgot-password', true),
    operations('/reset-password', true),
    operations('/set-password/links', true),
    operations('/set-password/links/sent', true),
    operations('/dashboard'),
    operations('/search'),
    operations('/search?q=ada'),
    operations('/search?q=zzzzzz'),
    operations('/users'),
    operations('/users?q=zzzzzz'),
    operations('/users/new'),
    operations(`/users/${ids.user}`),
    operations(`/users/${ids.user}/edit`),
    operations(`/users/${ids.user}/deactivation`),
    operations('/customers/companies'),
    operations('/customers/companies?q=zzzzzz'),
    operations('/customers/companies/new'),
    operations(company),
    operations(`${company}/edit`),
    operations(`${company}/customers/new`),
    operations(`${company}/customers/${ids.member}/roles`),
    operations(`${company}/customers/${ids.member}/removal`),
    operations('/reports'),
    operations('/reports/ageing'),
    operations('/reports/tax'),
    operations('/reports/income'),
    operations('/emails'),
    operations(`/emails/${ids.email}`),
    operations('/emails?q=zzzzzz'),
    operations('/emails/preview/accountActivation'),
    operations('/tasks'),
    operations(`/tasks/${ids.task}`),
    operations('/audit-log'),
    operations('/audit-log?event=user.created'),
    operations('/audit-log?q=zzzzzz'),
    operations('/settings'),
    operations('/onboarding'),
    operations('/settings/business'),
    operations('/settings/brand'),
    operations('/settings/brand?color=%23ffd400&logo='),
    operations('/settings/custom-fields'),
    operations('/settings/custom-fields/new'),
    operations(`/settings/custom-fields/${ids.custom_field}/edit`),
    operations('/settings/labels'),
    operations('/settings/labels/new'),
    operations('/views/new?list=users&query=status%3Denabled'),
    operations('/settings/terms'),
    operations('/settings/terms/new'),
    operations(`/settings/terms/${ids.terms_version}`),
    operations('/settings/team'),
    operations('/settings/team/new'),
    operations(`/settings/team/${ids.staff}`),
    operations(`/settings/team/${ids.staff}/deactivation`),
    page('platform', '/login', true),
    page('platform', '/dev/inbox', true),
    page('platform', '/dev/ui', true),
    page('platform', '/tenants'),
    page('platform', '/tenants/new'),
    page('platform', `/tenants/${ids.tenant}`),
    page('platform', `/tenants/${ids.tenant}/suspension`),
    page('platform', '/account'),
  ];
}

function page(portal: TestedPage['portal'], path: string, anonymous = false): TestedPage {
  return { name: `${portal} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')}`, portal, path, anonymous };
}

export async function idsOf(portal: ServedPortal, slug: string): Promise<Ids> {
  const first = async (table: string, where = 'true') => {
    const sql = `select id from ${table} where tenant_id = (select id from tenants where slug = $1) and ${where} limit 1`;
    return (await portal.owner.query<{ id: string }>(sql, [slug])).rows[0]!.id;
  };
  const tenant = await portal.owner.query<{ id: string }>('select id from tenants where slug = $1', [slug]);
  const company = await first(
    'companies',
    'exists (select from memberships m where m.company_id = companies.id)',
  );
  const members = `select from memberships m where m.company_id = '${company}'`;
  return {
    user: await first('users', "audience = 'customer' and status = 'enabled' and name <> ''"),
    company,
    own_company: await first(
      'companies',
      `exists (select from memberships m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
        where m.company_id = companies.id and u.email = '${loginOf('account', slug).email}')`,
    ),
    member: await first('users', `exists (${members} and m.user_id = users.id)`),
    terms_version: await first('terms_versions'),
    email: await first('emails', "state = 'accepted'"),
    custom_field: await first('custom_fields'),
    task: await createFinishedTask(portal, tenant.rows[0]!.id, loginOf('operations', slug).email),
    staff: await first('users', "audience = 'staff' and status = 'enabled' and access = 'invited'"),
    tenant: tenant.rows[0]!.id,
  };
}

async function createFinishedTask(portal: ServedPortal, tenantId: string, email: string): Promise<string> {
  const { rows } = await portal.owner.query<{ id: string }>(
    `select id from users where tenant_id = $1 and audience = 'staff' and email = $2`,
    [tenantId, email],
  );
  const id = await queueTestTask(portal, { id: tenantId }, rows[0]!.id);
  const finished = { due_at: null, started_at: new Date(), finished_at: new Date() };
  await changeTask(portal, id, { ...finished, state: 'done', done: 40, total: 40, result: { changed: 2 } });
  return id;
}
