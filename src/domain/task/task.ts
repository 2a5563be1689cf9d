import { tables, type Row } from '../../database/tables.ts';
import type { StaffPermission } from '../role/permissions.ts';
import { runTitles, type RunKind } from '../billing-run/billing-run.ts';

/** Every kind of task, as its page names it. {placeholders} are filled from the input and from the result. */
export const taskKinds = {
  backfill: { title: 'Update stored data ({name})', result: 'Rows changed: {changed}' },
  'billing-run': { title: 'Billing run ({kind})', result: 'Invoices: {invoices}. Errors: {errors}' },
  'custom-field-check': {
    title: 'Check the values of the custom field {title} for the type {type_label}',
    result: 'Values that cannot be converted: {failed}',
  },
  'custom-field-values': {
    title: 'Update the values of the custom field {title}',
    result: 'Values changed: {changed}',
  },
  'import-check': {
    title: 'Check of the import {file}',
    result: 'Rows: {rows}. Rows with errors: {errors}',
  },
  import: { title: 'Import {file}', result: 'Created: {created}. Updated: {updated}. Failed: {failed}' },
  'import-undo': { title: 'Undo of the import {file}', result: 'Undone: {undone}. Skipped: {skipped}' },
  'label-addition': { title: 'Add the label {name}', result: 'Rows changed: {changed}' },
  'label-removal': { title: 'Remove the label {name}', result: 'Rows changed: {changed}' },
  'label-deletion': { title: 'Delete the label {name}', result: 'Rows changed: {changed}' },
  'bulk-action': { title: '{title}', result: 'Done: {changed}. Skipped: {skipped}' },
  export: { title: 'Export: {title}', result: 'Rows: {rows}' },
  'demo-history': { title: 'Fill the demo tenant {tenant}', result: 'Months: {months}' },
} as const;

/** Those that staff start themselves. */
export const requestedKinds = {
  'billing-run': 'Billing run',
  'custom-field-check': 'Check of a custom field',
  'custom-field-values': 'Values of a custom field',
  'import-check': 'Check of an import',
  import: 'Import',
  'import-undo': 'Undo of an import',
  'label-addition': 'Label added',
  'label-removal': 'Label removed',
  'label-deletion': 'Label deleted',
  'bulk-action': 'Change of selected users',
  export: 'Export',
} as const satisfies Partial<Record<keyof typeof taskKinds, string>>;

export type TaskKindName = keyof typeof taskKinds;

/** The permission that the file of a task requires, by kind. Others have no file. */
export const filePermissions: Partial<Record<string, StaffPermission>> = {
  export: 'export.create',
  'custom-field-check': 'custom_fields.edit',
};

/** By the name in the input of a backfill. */
const backfillTitles: Readonly<Record<string, string>> = {
  'fold-users': 'Update the search for users',
  'fold-companies': 'Update the search for companies',
  'move-custom-values': 'Move the values of custom fields',
  'order-users-by-email': 'Sort users by email',
  'create-referral-codes': 'Create referral codes',
};

/** A newer version may have queued a kind that this one does not know. */
export function taskTexts({ kind, input }: { kind: string; input: TaskParams }) {
  if (!Object.hasOwn(taskKinds, kind)) return { title: kind, result: '' };
  const texts = taskKinds[kind as TaskKindName];
  const title =
    kind === 'backfill' ? backfillTitles[input['name'] ?? ''] : runTitles[input['kind'] as RunKind];
  return title === undefined ? texts : { ...texts, title };
}

export type TaskState = Row<'tasks'>['state'];

export const taskStates = tables.tasks.state;

export type TaskParams = Readonly<Record<string, string | number>>;

/** A kind stops a task for good by throwing `TaskFailed` with one of these codes. */
export const taskErrors = {
  invalid_input: 'This version does not support this task.',
  unexpected: 'An unexpected error stopped it. What was done before is kept.',
  not_permitted: 'The person who started it may not do this now.',
  filters_gone: 'A filter of the list was removed or changed. What was done before is kept.',
  list_changed: 'A filter or every chosen column no longer exists. Export the list again.',
  import_changed: 'The import was cancelled or continued elsewhere.',
  import_column_gone:
    'A custom field that is matched with a column can no longer be imported. Match the columns again, or upload the file again.',
  import_file_gone: 'The file of the import no longer exists. Upload it again.',
  label_deleted: 'The label was deleted. What was done before is kept.',
  role_gone: 'The company or the role no longer exists. What was done before is kept.',
  interrupted: 'It was interrupted too often. What was done before is kept.',
} as const;

export type TaskErrorCode = keyof typeof taskErrors;

/** A newer version may have stored a code that this one does not know. */
export function taskErrorText(code: string): string {
  return Object.hasOwn(taskErrors, code) ? taskErrors[code as TaskErrorCode] : taskErrors.unexpected;
}

export function isUnfinished({ state }: { state: TaskState }): boolean {
  return state === 'queued' || state === 'running';
}
