import { expect } from 'chai';
import { findAuditEvents } from '../../../support/audit.ts';
import { createTenant, signedInStaff, type TestTenant } from '../../../support/factories.ts';
import { createImage } from '../../../support/images.ts';
import { startOperations, type StaffVisitor } from '../../../support/operations.ts';
import type { TestPortal } from '../../../support/portal.ts';
import { Visitor } from '../../../support/visitor.ts';
import { BRAND, submitBrand } from './brand-page.ts';

describe('Saving the brand', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const storedLogos = async () => {
    const { rows } = await portal.owner.query<{ hash: string; is_saved: boolean }>(
      'select hash, is_saved from logos where tenant_id = $1 order by created_at',
      [tenant.id],
    );
    return rows;
  };

  it('shows the colour and the logo to customers with the next request and records both', async () => {
    const customer = new Visitor(portal, tenant.account);
    const before = await customer.visit('/account/login');
    expect(before.find('.brand img')).to.equal(null);

    const saved = await submitBrand(manager, { color: '0B6E75', file: await createImage() });
    expect([saved.path, saved.flashes]).to.eql([BRAND, ['Your changes have been saved.']]);
    const login = await customer.visit('/account/login');
    const image = login.find('.brand img')!;
    expect(image.getAttribute('alt')).to.equal(tenant.name);
    expect((await customer.get(image.getAttribute('src')!)).headers['content-type']).to.equal('image/png');
    expect(login.find('link[rel="icon"]')!.getAttribute('href')).to.match(
      /^\/logo\.[0-9a-f]{32}\.icon\.png$/,
    );
    const theme = login.find('link[href^="/theme."]')!.getAttribute('href')!;
    expect((await customer.get(theme)).text).to.include('--brand: #0b6e75');

    const [logo] = await storedLogos();
    expect(logo!.is_saved).to.equal(true);
    expect(await findAuditEvents(portal, tenant, 'tenant.brand_changed')).to.eql([
      {
        actor_name: manager.person.name,
        target_name: tenant.name,
        changes: { color: ['#2f4bd8', '#0b6e75'], logo: [null, logo!.hash] },
      },
    ]);
  });

  it('shows a preview that customers do not see, until it is saved', async () => {
    const preview = await submitBrand(manager, {
      color: '#ff6f61',
      action: 'preview',
      file: await createImage({ colour: '#ff6f61' }),
    });
    expect(preview.path).to.equal(BRAND);
    expect(preview.flashes).to.eql(['This is a preview. Customers see the change when you save it.']);
    expect(preview.find('#color')!.getAttribute('value')).to.equal('#ff6f61');
    const draft = (await storedLogos()).at(-1)!;
    expect(draft.is_saved).to.equal(false);
    const login = await new Visitor(portal, tenant.account).visit('/account/login');
    expect(login.html).to.not.include(draft.hash);

    const reverted = await preview.follow('Revert');
    expect(reverted.find('#color')!.getAttribute('value')).to.equal('#0b6e75');
    expect(reverted.flashes).to.eql([]);

    await submitBrand(manager, {}, preview);
    expect((await storedLogos()).at(-1)).to.eql({ hash: draft.hash, is_saved: true });
    expect((await new Visitor(portal, tenant.account).visit('/account/login')).html).to.include(draft.hash);
  });

  it('keeps the logo and the colour when their fields are absent', async () => {
    const page = await manager.visit(BRAND);
    const { color, logo, version } = page.form('Save changes').values();
    expect(logo).to.have.length(32);
    const response = await manager.uploadFrom(page, BRAND, { version: version!, action: 'save' });
    expect(response.status).to.equal(303);
    expect((await manager.visit(BRAND)).form('Save changes').values()).to.include({ color, logo });
  });

  it('keeps an image for a day after its latest upload', async () => {
    const file = await createImage({ colour: '#334455' });
    await submitBrand(manager, { action: 'preview', file });
    const { hash } = (await storedLogos()).at(-1)!;
    const age = "select created_at > now() - interval '1 hour' as is_recent from logos where hash = $1";
    await portal.owner.query("update logos set created_at = now() - interval '23 hours' where hash = $1", [
      hash,
    ]);
    await submitBrand(manager, { action: 'preview', file });
    expect((await portal.owner.query(age, [hash])).rows).to.eql([{ is_recent: true }]);
  });

  it('removes the logo and keeps its image for emails that were sent', async () => {
    const { length } = await storedLogos();
    const saved = await submitBrand(manager, { remove_logo: '1' });
    expect(saved.find('.brand img')).to.equal(null);
    expect(await storedLogos()).to.have.length(length);
  });

  it('refuses an invalid colour and keeps the uploaded logo', async () => {
    const refused = await submitBrand(manager, {
      color: 'blue',
      file: await createImage({ colour: '#445566' }),
    });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.eql(['Enter a colour as six hexadecimal digits, like #0b6e75']);
    expect(refused.find('#color')!.getAttribute('value')).to.equal('blue');
    const saved = await submitBrand(manager, { color: '#445566' }, refused);
    expect(saved.flashes).to.eql(['Your changes have been saved.']);
    expect(saved.find('.logo-box img')).not.to.equal(null);
  });

  it('refuses files that are no PNG, JPEG or WebP and files above 1 MB', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
    const noise = Buffer.concat([await createImage(), Buffer.alloc(1024 * 1024)]);
    expect((await submitBrand(manager, { file: svg })).errors).to.eql(['Choose a PNG, JPEG or WebP file']);
    expect((await submitBrand(manager, { file: noise })).errors).to.eql(['Choose a file of at most 1 MB']);
    const huge = await createImage({ width: 5_000, height: 20 });
    expect((await submitBrand(manager, { file: huge })).errors).to.eql([
      'Choose a logo of at most 4,096 pixels in width and height',
    ]);
  });

  it('refuses the logo of another tenant', async () => {
    const other = await createTenant(portal);
    await submitBrand(await signedInStaff(portal, other), { file: await createImage({ colour: '#998877' }) });
    const { rows } = await portal.owner.query<{ hash: string }>(
      'select hash from logos where tenant_id = $1',
      [other.id],
    );
    const page = await manager.visit(BRAND);
    const { logo_file: _, ...values } = page.form('Save changes').values();
    const forged = { ...values, logo: rows[0]!.hash };
    const response = await manager.uploadFrom(page, BRAND, forged);
    expect((await manager.arrive(BRAND, response)).errors).to.eql(['Upload the logo again']);
  });

  it('refuses to overwrite a change that was made after the page was opened', async () => {
    const page = await manager.visit(BRAND);
    await submitBrand(manager, { color: '#101010' }, page);
    const stale = await submitBrand(manager, { color: '#202020' }, page);
    expect(stale.status).to.equal(422);
    expect(stale.errors[0]).to.include('Someone changed the settings after you opened this page');
    expect((await submitBrand(manager, { color: '#202020' }, stale)).flashes).to.eql([
      'Your changes have been saved.',
    ]);
  });

  it('returns 403 to roles other than Manager', async () => {
    const admin = await signedInStaff(portal, tenant, 'admin');
    const page = await admin.visit('/users');
    const response = await admin.uploadFrom(page, BRAND, {
      color: '#000000',
      logo: '',
      version: '1',
      action: 'save',
    });
    expect(response.status).to.equal(403);
  });

  it('redirects anonymous users to the login page', async () => {
    const visitor = new Visitor(portal, tenant.operations);
    const response = await visitor.uploadFrom(await visitor.visit('/login'), BRAND);
    expect(response.headers['location']).to.equal('/login');
  });
});
