import { bulkActionNames, bulkActions } from '../domain/bulk-action/bulk-action.ts';
import type { ExportName } from '../domain/export/export.ts';
import type { StaffPermission } from '../domain/role/permissions.ts';
import type { ListContext } from './list-columns.ts';
import { labelActions } from './list-labels.ts';

/** What is done with selected rows. The form of a list is sent to `href`, which reads it with `readSelection`. */
export interface SelectionAction {
  name: string;
  /** English. */
  label: string;
  permission: StaffPermission;
  href: string;
}

const exportSelected: SelectionAction = {
  name: 'export',
  label: 'Export selected',
  permission: 'export.create',
  href: '/exports/selection',
};

const bulkUserActions: readonly SelectionAction[] = bulkActionNames.map((name) => ({
  name,
  label: `${bulkActions[name].title}…`,
  permission: bulkActions[name].permission,
  href: '/users/bulk-actions/new',
}));

/** In addition to the export, which each list has. */
const furtherActions: Partial<Record<ExportName, readonly SelectionAction[]>> = {
  users: [...labelActions('user', '/users'), ...bulkUserActions],
  companies: labelActions('company', '/customers/companies'),
  rentals: labelActions('rental', '/rentals'),
};

/** The actions that the viewer may take. */
export function permittedActions(list: ExportName, { can }: Pick<ListContext, 'can'>): SelectionAction[] {
  return [exportSelected, ...(furtherActions[list] ?? [])].filter(({ permission }) => can(permission));
}
