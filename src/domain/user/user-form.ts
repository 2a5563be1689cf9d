import * as z from 'zod';
import { localeCodes } from '../../locales/locales.ts';
import type { CustomField, CustomFieldWithValue } from '../custom-field/custom-field-queries.ts';
import {
  changedValueRules,
  customFieldName,
  customFieldShape,
  valueRules,
  type CustomFieldValues,
  type ValueRule,
} from '../custom-field/custom-field.ts';
import { email, phone, version } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { cachedSchema } from '../form/schema-cache.ts';
import { nameShape, withNameRules } from './user-name.ts';
import type { User } from './user-queries.ts';

const newUserSchemaOf = cachedSchema((rules: readonly ValueRule[]) =>
  withNameRules(z.object({ ...nameShape, email: email(), phone: phone(), ...customFieldShape(rules) }), {
    isOptional: false,
  }),
);

export function newUserSchema(customFields: readonly CustomField[]) {
  return newUserSchemaOf(valueRules(customFields));
}

export type NewUserValues = z.infer<ReturnType<typeof newUserSchema>> & CustomFieldValues;

const changedUserSchemaOf = cachedSchema(({ isNameless, rules }: ChangedUserRules) => {
  const shape = {
    ...nameShape,
    email: email(),
    phone: phone(),
    locale: z.enum(localeCodes, code('invalid')).nullable().default(null),
    version: version(),
    ...customFieldShape(rules),
  };
  return withNameRules(z.object(shape), { isOptional: isNameless });
});

interface ChangedUserRules {
  isNameless: boolean;
  rules: readonly ValueRule[];
}

/** The name is optional for a customer who was added to a company by email address only. */
export function changedUserSchema(user: Pick<User, 'name'>, customFields: readonly CustomFieldWithValue[]) {
  return changedUserSchemaOf({ isNameless: user.name === '', rules: changedValueRules(customFields) });
}

export type ChangedUserValues = z.infer<ReturnType<typeof changedUserSchema>> & CustomFieldValues;

/** The stored values of the form that changes a user. */
export function editableValues(user: User, customFields: readonly CustomFieldWithValue[]) {
  const { first_name, last_name, email, phone, locale } = user;
  const values = customFields.map((field) => [customFieldName(field), field.value] as const);
  return { first_name, last_name, email, phone, locale, ...Object.fromEntries(values) };
}
