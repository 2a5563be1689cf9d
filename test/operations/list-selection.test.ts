import { expect } from 'chai';
import type { Request } from 'express';
import { accessTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { userList } from '../../src/domain/user/user-list.ts';
import { idsOf, permittedActions, readSelection } from '../../src/operations/list-selection.ts';
import { createCustomer, createTenant } from '../support/factories.ts';
import { startOperations } from '../support/operations.ts';

const requestWith = (body: Record<string, string | string[]>) =>
  ({
    body: { list: 'users', columns: 'name', query: 'q=ada&status=enabled&sort=name&per=50', ...body },
    user: { time_zone: null },
    tenant: { time_zone: 'Asia/Riyadh' },
  }) as unknown as Request;

describe('The selection of a list', () => {
  it('is the ids without the filters, or the query of the list', () => {
    const [one, other] = [newId(), newId()];
    const common = { within: {}, sort: 'name', time_zone: 'Asia/Riyadh' };
    expect(readSelection(requestWith({ 'ids[]': [one, other, one] }), userList)).to.eql({
      ids: [one, other],
      query: { ...common, q: '', filters: {}, ids: [one, other] },
    });
    expect(readSelection(requestWith({ 'ids[]': one, all: '1' }), userList)).to.eql({
      all: true,
      query: { ...common, q: 'ada', filters: { status: 'enabled' } },
    });
    expect(readSelection(requestWith({}), userList)).to.equal(null);
  });

  it('offers the actions that the viewer may take', () => {
    const labels = { name: 'labels', label: 'Add label', permission: 'users.edit', href: '/labels' } as const;
    const namesFor = (...permissions: string[]) => {
      const can = (permission: string) => permissions.includes(permission);
      return permittedActions([labels], { can, userId: '1', secretKeys: [], currency: 'EUR' }).map(
        ({ name }) => name,
      );
    };
    expect(namesFor('export.create', 'users.edit')).to.eql(['export', 'labels']);
    expect(namesFor('users.edit')).to.eql(['labels']);
    expect(namesFor()).to.eql([]);
  });

  it('has the ids of the rows that exist, up to a limit', async () => {
    const { portal } = await startOperations();
    const tenant = await createTenant(portal);
    const users = [await createCustomer(portal, tenant), await createCustomer(portal, tenant)];
    const access = accessTenant(portal.database, tenant.id);
    const idsUpTo = (limit: number) => idsOf((build) => access.readTenant(build), userList, selection, limit);
    const ids = [...users.map(({ id }) => id), newId()];
    const selection = readSelection(requestWith({ 'ids[]': ids }), userList)!;
    expect(await idsUpTo(2)).to.have.members(ids.slice(0, 2));
    expect(await idsUpTo(1)).to.equal(null);
    await portal.close();
  });
});
