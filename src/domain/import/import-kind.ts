import type { CustomField } from '../custom-field/custom-field-queries.ts';
import type { StaffPermission } from '../role/permissions.ts';

export const importKindNames = ['users', 'companies', 'units', 'rentals', 'balances'] as const;
export type ImportKindName = (typeof importKindNames)[number];

/** Create Only, Update Only, Create & Update. */
export const importModes = ['create', 'update', 'both'] as const;
export type ImportMode = (typeof importModes)[number];

/** What a cell of the file can be imported as. */
export interface ImportColumn {
  /** In the mapping; `cf.<code>` for a custom field. */
  name: string;
  /** English; the heading in the template. */
  label: string;
  /** Other headings that mean this column. Compared without case, spaces, dashes and underscores. */
  aliases: readonly string[];
  is_required: boolean;
  /** A heading with the words of the label means a column of an export that is not imported. */
  is_label_unmatched?: boolean;
  /** One line for the page that matches columns. */
  hint?: string;
  /** A cell of the template. */
  example: string;
}

/** A column by which a row of the file finds a stored row. */
export interface ImportKey {
  name: string;
  label: string;
}

/** What the pages need to know of a kind; how rows are checked and written is in `row-kinds.ts`. */
export interface ImportKindInfo {
  name: ImportKindName;
  title: string;
  /** In addition to `imports.create`. */
  permissions: readonly StaffPermission[];
  /** The modes that the kind has. */
  modes: readonly ImportMode[];
  keys: readonly ImportKey[];
  /** Whether an empty cell can clear a stored value. */
  may_clear?: boolean;
  /** With those of the tenant's custom fields. */
  columns(fields: readonly CustomField[]): readonly ImportColumn[];
}
