import * as z from 'zod';
import { localeCodes } from '../../locales/locales.ts';
import { objectWithCustomFields, type CustomForm, type ValueRule } from '../custom-field/form-fields.ts';
import { address, email, phone, version } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { cachedSchema } from '../form/schema-cache.ts';
import { contactOf, contactShape } from './contact-details.ts';
import { nameShape, withNameRules } from './user-name.ts';
import type { User } from './user-queries.ts';

/** Null is the language of the tenant. */
function locale() {
  return z.enum(localeCodes, code('invalid')).nullable().default(null);
}

const newUserSchemaOf = cachedSchema((rules: readonly ValueRule[]) =>
  withNameRules(
    objectWithCustomFields(
      { ...nameShape, ...contactShape, email: email(), phone: phone(), address: address(), locale: locale() },
      rules,
    ),
    {
      isOptional: false,
    },
  ),
);

export function newUserSchema({ rules }: CustomForm) {
  return newUserSchemaOf(rules);
}

export type NewUserValues = z.infer<ReturnType<typeof newUserSchema>>;

const changedUserSchemaOf = cachedSchema(({ isNameless, rules }: ChangedUserRules) => {
  const shape = {
    ...nameShape,
    ...contactShape,
    email: email(),
    phone: phone(),
    address: address(),
    locale: locale(),
    version: version(),
  };
  return withNameRules(objectWithCustomFields(shape, rules), { isOptional: isNameless });
});

interface ChangedUserRules {
  isNameless: boolean;
  rules: readonly ValueRule[];
}

/** The name is optional for a customer who was added to a company by email address only. */
export function changedUserSchema(user: Pick<User, 'name'>, { rules }: CustomForm) {
  return changedUserSchemaOf({ isNameless: user.name === '', rules });
}

export type ChangedUserValues = z.infer<ReturnType<typeof changedUserSchema>>;

/** The stored values of the form that changes a user. */
export function editableValues(user: User) {
  const { first_name, last_name, email, phone, address, locale } = user;
  return { first_name, last_name, email, phone, address, locale, ...contactOf(user) };
}
