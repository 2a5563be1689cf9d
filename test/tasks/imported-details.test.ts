import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { storeEmails } from '../../src/domain/user-import/change-emails.ts';
import type { EmailAddress } from '../../src/domain/text/email-address.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { findEventsOf } from '../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createCustomField,
  createStaff,
  createTenant,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import {
  findImportRow,
  insertImport,
  listImportRows,
  queueCheck,
  queueImport,
  queueUndo,
  runImports,
} from '../support/import-tasks.ts';
import { createLabel, labelsOfRow } from '../support/labels.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';

describe('An import of users', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let staff: TestPerson;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    staff = await createStaff(portal, tenant);
  });

  const check = async (text: string, options: Parameters<typeof insertImport>[4] = {}) => {
    const id = await insertImport(portal, tenant, staff.id, text, options);
    await queueCheck(portal, tenant, staff.id, id);
    await runImports(portal);
    return id;
  };
  const importFile = async (text: string, options: Parameters<typeof insertImport>[4] = {}) => {
    const id = await check(text, options);
    await queueImport(portal, tenant, staff.id, id);
    await runImports(portal);
    return id;
  };
  const undo = async (id: string) => {
    await queueUndo(portal, tenant, staff.id, id);
    await runImports(portal);
  };
  const errorsOf = async (id: string) =>
    (await listImportRows(portal, id)).map(({ errors }) =>
      errors.map(({ column, code }) => `${column}: ${code}`).join(', '),
    );
  const findUser = async (id: string) => (await sql(portal, 'select * from users where id = $1', [id]))[0];
  const eventsOf = async (id: string) => (await findEventsOf(portal, id)).map(({ event }) => event);

  describe('with labels', () => {
    it('adds them, keeps others, and takes away only its own when it is undone', async () => {
      const { id: ada } = await createCustomer(portal, tenant, { email: 'ada@example.com' });
      await createLabel(portal, tenant, 'Late', { user: ada });
      await createLabel(portal, tenant, 'VIP');
      const id = await importFile(
        'email,first_name,labels\nada@example.com,,"vip, Late"\nnew@example.com,Nia,VIP\n',
      );
      expect(await labelsOfRow(portal, 'user', ada)).to.eql(['Late', 'VIP']);
      expect(await eventsOf(ada)).to.include('user.labels_changed');
      const [first, row] = await listImportRows(portal, id);
      expect(first!.changes).to.eql({ labels: [['Late'], ['Late', 'VIP']] });
      expect(await labelsOfRow(portal, 'user', row!.target_id!)).to.eql(['VIP']);
      await undo(id);
      expect(await labelsOfRow(portal, 'user', ada)).to.eql(['Late']);
      expect((await listImportRows(portal, id)).map(({ result }) => result)).to.eql(['undone', 'undone']);
      expect(await findUser(row!.target_id!)).to.equal(undefined);
    });

    it('keeps a created user who was given another label since', async () => {
      await createLabel(portal, tenant, 'VIP');
      const id = await importFile('email,first_name,labels\nnew@example.com,Nia,VIP\n');
      const [row] = await listImportRows(portal, id);
      await createLabel(portal, tenant, 'Later', { user: row!.target_id! });
      await undo(id);
      expect(await errorsOf(id)).to.eql([': undo_has_records']);
      expect(await labelsOfRow(portal, 'user', row!.target_id!)).to.eql(['Later', 'VIP']);
    });

    it('refuses one that does not exist', async () => {
      const id = await check('email,first_name,labels\nnew@example.com,Nia,Gone\n');
      expect(await errorsOf(id)).to.eql(['labels: import_unknown_label']);
    });
  });

  describe('with names of companies', () => {
    it('finds the company, and refuses a name of none or of several', async () => {
      const works = await createCompany(portal, tenant, { name: 'Harbour Works' });
      await createCompany(portal, tenant, { name: 'Twins' });
      await createCompany(portal, tenant, { name: 'Twins' });
      const id = await importFile(
        `email,first_name,company_name,add_roles\n${[
          'a@example.com,Ann,harbour works,View only',
          'b@example.com,Ben,Twins,View only',
          'c@example.com,Cid,Nowhere,View only',
        ].join('\n')}\n`,
      );
      expect(await errorsOf(id)).to.eql([
        '',
        'company_name: import_ambiguous_company',
        'company_name: import_unknown_company_name',
      ]);
      const [member] = await sql(portal, 'select * from memberships where company_id = $1', [works.id]);
      expect(member!['user_id']).to.equal((await listImportRows(portal, id))[0]!.target_id);
    });
  });

  describe('with the id as the key', () => {
    it('changes the address of a person without a login, without an email, and gives it back', async () => {
      const { id: ada } = await createCustomer(portal, tenant, {
        email: 'old@example.com',
        access: 'no_access',
      });
      const id = await importFile(`id,email\n${ada},New@example.com\n`, { mode: 'update', key: 'id' });
      expect(await findUser(ada)).to.include({ email: 'new@example.com', email_norm: 'new@example.com' });
      expect((await findUser(ada))!['search_text']).to.include('new');
      expect(await eventsOf(ada)).to.include.members(['user.updated', 'user.email_changed']);
      expect(await sql(portal, 'select 1 from emails where user_id = $1', [ada])).to.eql([]);
      await undo(id);
      expect(await findUser(ada)).to.include({ email: 'old@example.com', email_order: 'old@example.com' });
      expect((await listImportRows(portal, id))[0]!.result).to.equal('undone');
    });

    it('changes and gives back the addresses of many people with as few statements as of two', async () => {
      const statementsFor = async (count: number, domain: string) => {
        const people = await Promise.all(
          Array.from({ length: count }, () => createCustomer(portal, tenant, { access: 'invited' })),
        );
        const rows = people.map(({ id }, index) => `${id},new${index}@${domain}`);
        const counter = new StatementCounter(portal.database.app);
        const id = await importFile(`id,email\n${rows.join('\n')}\n`, { mode: 'update', key: 'id' });
        const changed = await sql(
          portal,
          `select 1 from users where tenant_id = $1 and email like $2 and access = 'no_access'`,
          [tenant.id, `%@${domain}`],
        );
        expect(changed).to.have.length(count);
        expect(await eventsOf(people[0]!.id)).to.include('user.email_changed');
        const { length: imported } = counter.counted.statements;
        await undo(id);
        expect((await findUser(people[0]!.id))!['email']).to.equal(people[0]!.email);
        return { imported, all: counter.counted.statements.length };
      };
      expect(await statementsFor(20, 'twenty.example')).to.eql(await statementsFor(2, 'two.example'));
    });

    it('keeps the address of the one person whose new address was taken after the check', async () => {
      const [ada, theo] = [
        await createCustomer(portal, tenant, { access: 'no_access' }),
        await createCustomer(portal, tenant, { access: 'no_access' }),
      ];
      await createCustomer(portal, tenant, { email: 'taken@example.com' });
      const details = {
        first_name: 'A',
        last_name: null,
        phone: null,
        phone2: null,
        address: null,
        locale: null,
      };
      const taken = await inTenant(portal.database, tenant.id, (db) =>
        storeEmails(db, [
          { id: ada.id, details: { ...details, email: 'taken@example.com' as EmailAddress } },
          { id: theo.id, details: { ...details, email: 'free@example.com' as EmailAddress } },
        ]),
      );
      expect([...taken]).to.eql([ada.id]);
      expect((await findUser(ada.id))!['email']).to.equal(ada.email);
      expect((await findUser(theo.id))!['email_norm']).to.equal('free@example.com');
    });

    it('refuses the address of another person, of staff and for a person with a login', async () => {
      const people = await Promise.all(
        [1, 2, 3, 4].map(() => createCustomer(portal, tenant, { access: 'no_access' })),
      );
      const active = await createCustomer(portal, tenant, { password: 'test passphrase, not a secret' });
      const [a, b, c, d] = people;
      const rows = [
        `${a!.id},${b!.email}`,
        `${b!.id},${staff.email}`,
        `${c!.id},same@example.com`,
        `${d!.id},same@example.com`,
        `${active.id},other@example.com`,
      ];
      const id = await check(`id,email\n${rows.join('\n')}\n`, { mode: 'update', key: 'id' });
      expect(await errorsOf(id)).to.eql([
        'email: import_exists',
        'email: import_staff_email',
        '',
        'email: import_exists',
        'email: import_email_kept',
      ]);
    });

    it('does not give back an address that another person has since', async () => {
      const { id: ada } = await createCustomer(portal, tenant, {
        email: 'old@example.com',
        access: 'no_access',
      });
      const id = await importFile(`id,email\n${ada},new@example.com\n`, { mode: 'update', key: 'id' });
      await createCustomer(portal, tenant, { email: 'old@example.com' });
      await undo(id);
      expect(await errorsOf(id)).to.eql([': undo_address_taken']);
      expect(await findUser(ada)).to.include({ email: 'new@example.com' });
    });
  });

  describe('with empty cells', () => {
    const FILE =
      'email,first_name,last_name,phone,address,language,cf.gate,cf.must\nada@example.com,,,,,,,\n';

    const createAda = async () => {
      await createCustomField(portal, tenant, { code: 'gate', title: 'Gate' });
      await createCustomField(portal, tenant, { code: 'must', title: 'Must', is_required: true });
      return importFile(
        'email,first_name,last_name,phone,address,language,cf.gate,cf.must\nada@example.com,Ada,Obi,+44 20 7946 0000,Quay,ar,North,x\n',
      );
    };

    it('leaves the stored values', async () => {
      await createAda();
      const id = await check(FILE);
      expect((await listImportRows(portal, id))[0]!.verdict).to.equal('unchanged');
    });

    it('clears those of optional columns when this is chosen, and restores them when it is undone', async () => {
      await createAda();
      const id = await importFile(FILE, { options: { clears_empty: true } });
      const [row] = await listImportRows(portal, id);
      expect(row!.result).to.equal('updated');
      const cleared = await findUser(row!.target_id!);
      expect(cleared).to.include({ first_name: 'Ada', last_name: null, name: 'Ada' });
      expect(cleared).to.include({ phone: null, address: null, address_norm: null, locale: null });
      expect(cleared!['custom']).to.eql({ must: 'x' });
      await undo(id);
      const restored = await findUser(row!.target_id!);
      expect(restored).to.include({ last_name: 'Obi', address: 'Quay', locale: 'ar', name: 'Ada Obi' });
      expect(restored!['custom']).to.eql({ gate: 'North', must: 'x' });
      expect(await findImportRow(portal, id)).to.include({ state: 'undone' });
    });

    it('creates a person without those values', async () => {
      await createCustomField(portal, tenant, { code: 'gate', title: 'Gate' });
      const id = await importFile('email,first_name,phone,cf.gate\nnew@example.com,Nia,,\n', {
        options: { clears_empty: true },
      });
      const [row] = await listImportRows(portal, id);
      expect(await findUser(row!.target_id!)).to.deep.include({ phone: null, custom: {} });
    });
  });
});
