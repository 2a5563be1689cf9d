import { chromium } from 'playwright-core';
import { servePortal } from './test/support/serve-portal.ts';
import { seedDemo, demoLogins } from './seeds/demo.ts';
const portal = await servePortal();
try {
  await seedDemo(portal.database, portal.config);
  await portal.runMail();
  console.log(demoLogins.map((l) => `${l.portal} ${l.tenant} ${l.email}`).join('\n'));
  const staff = demoLogins.find((l) => l.portal === 'operations')!;
  const slug = staff.tenant!;
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const state = await (async () => {
    const context = await browser.newContext(); const page = await context.newPage();
    await page.goto(portal.operations(slug, '/login'));
    await page.getByLabel('Email address').fill(staff.email); await page.locator('input[name=password]').fill(staff.password);
    await page.getByRole('button', { name: 'Log in' }).click(); await page.waitForURL('**/users');
    return context.storageState();
  })();
  const first = async (sql: string) => (await portal.owner.query(sql, [slug])).rows[0] as any;
  const t = '(select id from tenants where slug = $1)';
  const company = (await first(`select company_id as id from memberships where tenant_id = ${t} group by 1 order by count(*) desc limit 1`)).id;
  const member = (await first(`select user_id as id from memberships where company_id = '${company}' and $1 <> '' limit 1`)).id;
  const email = (await first(`select id from emails where tenant_id = ${t} and html is not null order by id desc limit 1`)).id;
  const known = (await first(`select email from users where tenant_id = ${t} and audience = 'customer' and status='enabled' and password_hash is not null and id not in (select user_id from memberships where company_id = '${company}') limit 1`)).email;
  const modes: [string, any][] = [['light', { viewport: { width: 1280, height: 800 } }], ['dark', { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' }], ['phone', { viewport: { width: 390, height: 844 } }]];
  for (const [mode, options] of modes) {
    const context = await browser.newContext({ ...options, storageState: state });
    const page = await context.newPage();
    page.on('console', (m) => m.type() === 'error' && console.log('console', mode, page.url(), m.text()));
    const go = async (path: string) => { const r = await page.goto(portal.operations(slug, path)); if (r!.status() >= 400) console.log(path, r!.status(), (await page.textContent('body'))!.slice(0, 300)); };
    const shot = async (name: string) => { await page.waitForLoadState('load'); await new Promise((r) => setTimeout(r, 200));
      if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) console.log('SCROLLS', name, mode);
      await page.screenshot({ path: `/tmp/shots-companies/${name}-${mode}.png`, fullPage: true }); };
    const base = `/customers/companies/${company}`;
    await go('/customers/companies'); await shot('list');
    await page.getByText('Actions', { exact: true }).last().click(); await shot('list-menu');
    await go('/customers/companies?q=zzz'); await shot('none');
    await go('/customers/companies/new'); await shot('new');
    await page.getByRole('button', { name: 'Add' }).click(); await shot('new-error');
    await go(base); await shot('company');
    await go(base + '/edit'); await shot('edit');
    await go(base + '/customers/new'); await shot('add');
    await page.getByRole('button', { name: 'Add', exact: true }).click(); await shot('add-error');
    await page.getByLabel('Username').fill(known); await page.getByLabel('Orders').check(); await page.getByLabel('Email template').selectOption({ label: 'accountActivation-EJS' });
    await page.getByRole('button', { name: 'Add', exact: true }).click(); await shot('known');
    await go(`${base}/customers/${member}/roles`); await shot('roles');
    await go(`${base}/customers/${member}/removal`); await shot('removal');
    await go('/emails'); await shot('emails');
    await go(`/emails/${email}`); await shot('email');
    await go('/emails/preview/accountInvitation'); await shot('preview');
    await go('/audit-log'); await shot('audit');
    await go('/settings/terms'); await shot('terms'); await go('/settings/terms/new'); await shot('terms-new');
    await context.close();
  }
  await browser.close();
} finally { await portal.close(); process.exit(0); }
