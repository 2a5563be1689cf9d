import type { CustomField } from '../../../domain/custom-field/custom-field-queries.ts';
import type { CustomerAccess, FieldEntity } from '../../../domain/custom-field/custom-field.ts';
import { fieldTypeNames, fieldTypes } from '../../../domain/custom-field/field-types.ts';

/** One choice on each line. */
export const choiceDecoder = { choices: (text: string) => text.split(/[\r\n]+/) };

const accessLabels: Readonly<Record<CustomerAccess, { label: string; hint?: string }>> = {
  none: { label: 'Not see it' },
  view: { label: 'See it' },
  sign_up: { label: 'See it, and fill it in once', hint: 'While it has no value' },
  edit: { label: 'See and change it' },
};

/** The options of the form. */
export const fieldOptions = {
  types: fieldTypeNames.map((value) => ({
    value,
    label: fieldTypes[value].label,
    hint: fieldTypes[value].hint,
  })),
  accesses: Object.entries(accessLabels).map(([value, access]) => ({ value, ...access })),
};

export function listPath(entity: FieldEntity): string {
  return entity === 'user' ? '/settings/custom-fields' : `/settings/custom-fields?entity=${entity}`;
}

const MAX_SHOWN_CHOICES = 3;

export function shownField(field: CustomField) {
  const { id, code, title, type, choices, is_required, is_read_only, is_secret, customer_access } = field;
  return {
    id,
    code,
    title,
    type_label: fieldTypes[type].label,
    choices: choices.slice(0, MAX_SHOWN_CHOICES),
    has_more_choices: choices.length > MAX_SHOWN_CHOICES,
    is_required,
    is_read_only,
    is_secret,
    access_label: accessLabels[customer_access].label,
    is_retired: field.retired_at !== null,
  };
}
