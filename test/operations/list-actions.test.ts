import { expect } from 'chai';
import { permittedActions } from '../../src/operations/list-actions.ts';

describe('permittedActions', () => {
  const namesFor = (list: 'users' | 'emails', ...permissions: string[]) =>
    permittedActions(list, { can: (permission) => permissions.includes(permission) }).map(({ name }) => name);

  it('returns the actions of the list that the viewer may take', () => {
    expect(namesFor('users', 'export.create', 'users.edit')).to.eql(['export', 'add-label', 'remove-label']);
    expect(namesFor('users', 'users.edit')).to.eql(['add-label', 'remove-label']);
    expect(namesFor('emails', 'export.create', 'users.edit')).to.eql(['export']);
    expect(namesFor('users')).to.eql([]);
  });
});
