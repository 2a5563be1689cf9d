import { expect } from 'chai';
import { importKinds } from '../../../src/domain/import/kinds.ts';
import { checkMapping, matchColumns } from '../../../src/domain/import/match-columns.ts';

const users = importKinds.users.columns([]);

describe('the columns of a file', () => {
  it('are recognised by the headings of other products', () => {
    const header =
      'userName firstName lastName addRoles removeRoles companyCode companyName phone2 billingId'.split(' ');
    expect(matchColumns(header, users)).to.eql([
      'email',
      'first_name',
      'last_name',
      'add_roles',
      'remove_roles',
      'company_code',
      'company_name',
      'phone2',
      null,
    ]);
  });

  it('are recognised without case, spaces, dashes and underscores, and once', () => {
    expect(matchColumns(['E-MAIL', 'First_Name', 'first name', 'Shoe size'], users)).to.eql([
      'email',
      'first_name',
      null,
      null,
    ]);
  });

  it('are recognised by the headings of exports', () => {
    const match = (kind: keyof typeof importKinds, header: string[]) =>
      matchColumns(header, importKinds[kind].columns([]));
    expect(match('users', ['Name', 'Email', 'Phone', 'Company'])).to.eql([
      'name',
      'email',
      'phone',
      'company_name',
    ]);
    expect(match('companies', ['Code', 'Name', 'Status'])).to.eql(['code', 'name', 'status']);
    expect(match('units', ['Code', 'Site', 'Unit type', 'Price'])).to.eql([
      'code',
      'site',
      'unit_type',
      'price',
    ]);
    expect(match('rentals', ['Unit', 'Site', 'Customer', 'From', 'Until', 'Price', 'Billed'])).to.eql([
      'unit',
      'site',
      'customer',
      'starts_on',
      'ends_on',
      'price',
      'interval',
    ]);
  });

  it('of an export that are not imported are no custom fields', () => {
    const field = {
      entity: 'user',
      code: 'state',
      title: 'Status',
      type: 'text',
      choices: [],
      retired_at: null,
    };
    const columns = importKinds.users.columns([field as never]);
    expect(matchColumns(['Status', 'cf.state'], columns)).to.eql([null, 'cf.state']);
  });

  it('include custom fields by code and title', () => {
    const field = {
      entity: 'user',
      code: '01_age',
      title: 'Age',
      type: 'number',
      choices: [],
      retired_at: null,
    };
    const columns = importKinds.users.columns([field as never]);
    for (const heading of ['customFields.01_age', 'Age', '01_age', 'cf.01_age'])
      expect(matchColumns([heading], columns)).to.eql(['cf.01_age']);
    expect(importKinds.users.columns([{ ...field, type: 'file' } as never])).to.have.length(users.length);
  });

  it('must be chosen once, with those that are required and the key', () => {
    expect(checkMapping(['email', null], users, 'email')).to.eql([]);
    expect(checkMapping(['email', 'email'], users, 'email')).to.eql([
      { field: 'column_1', code: 'column_chosen_twice', params: { column: 'Email' } },
    ]);
    expect(checkMapping([null, 'site'], importKinds.units.columns([]), 'code')).to.eql([
      { field: 'column_0', code: 'columns_missing', params: { columns: 'Code' } },
    ]);
  });
});
