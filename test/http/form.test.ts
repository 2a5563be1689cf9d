import { expect } from 'chai';
import * as z from 'zod';
import { changedCompanySchema } from '../../src/domain/company/company.ts';
import type { CustomField } from '../../src/domain/custom-field/custom-field-queries.ts';
import { newCustomFieldSchema } from '../../src/domain/custom-field/field-settings.ts';
import {
  customForm,
  NO_CUSTOM_FIELDS,
  objectWithCustomFields,
} from '../../src/domain/custom-field/form-fields.ts';
import { checkbox, line, list, optionalLine, password, phone } from '../../src/domain/form/fields.ts';
import { parseValues, refuse } from '../../src/domain/form/parse-values.ts';
import { newCustomerSchema } from '../../src/domain/membership/membership.ts';
import { newPasswordSchema } from '../../src/domain/password/password.ts';
import { termsSchema } from '../../src/domain/terms/terms-actions.ts';
import { changedUserSchema, newUserSchema } from '../../src/domain/user/user-form.ts';
import { BadRequest } from '../../src/errors.ts';
import { parseForm, withErrors } from '../../src/http/form.ts';
import { withErrors as withOperationsErrors } from '../../src/operations/form-errors.ts';

const field = (code: string, more: Partial<CustomField> = {}): CustomField => ({
  id: '',
  code,
  title: code,
  type: 'text',
  choices: [],
  is_required: false,
  entity: 'user',
  is_read_only: false,
  is_secret: false,
  is_searchable: false,
  customer_access: 'none',
  retired_at: null,
  position: 0,
  version: 1,
  ...more,
});

const formWith = (...fields: CustomField[]) => customForm(fields, { secretKeys: [] });
const userSchema = newUserSchema(
  formWith(field('gate'), field('size', { type: 'choice', choices: ['S', 'L'] })),
);
const fieldSettings = { entity: 'user', customer_access: 'none' };
const uncheckedSettings = { is_read_only: false, is_secret: false, is_searchable: false };
const companySchema = changedCompanySchema(NO_CUSTOM_FIELDS);
const lines = { choices: (text: string) => text.split('\n') };
const noEmail = { template: (text: string) => (text === 'none' ? null : text) };

describe('parseForm', () => {
  /** A body that a JSON client would send, and the form with the same values. */
  const noContact = {
    phone2: null,
    alternate_name: null,
    alternate_phone: null,
    alternate_email: null,
    alternate_relation: null,
  };
  const pairs: Record<string, { json: () => unknown; form: () => unknown; values: object }> = {
    'a user with custom fields': {
      json: () =>
        parseValues(userSchema, {
          first_name: ' Ada ',
          last_name: 'Byron',
          email: 'Ada@Example.com',
          phone: null,
          'cf[size]': 'L',
        }),
      form: () =>
        parseForm(userSchema, {
          first_name: 'Ada',
          last_name: ' Byron',
          email: ' ada@example.com',
          phone: '',
          'cf[gate]': ' ',
          'cf[size]': 'L',
        }),
      values: {
        first_name: 'Ada',
        last_name: 'Byron',
        has_one_name: false,
        email: 'ada@example.com',
        phone: null,
        address: null,
        ...noContact,
        locale: null,
        'cf[gate]': null,
        'cf[size]': 'L',
      },
    },
    'a user without a name and a language': {
      json: () =>
        parseValues(changedUserSchema({ name: '' }, NO_CUSTOM_FIELDS), {
          email: 'a@b.example',
          locale: null,
          version: 3,
        }),
      form: () =>
        parseForm(changedUserSchema({ name: '' }, NO_CUSTOM_FIELDS), {
          first_name: '',
          last_name: '',
          email: 'a@b.example',
          phone: '',
          locale: '',
          version: '3',
        }),
      values: {
        first_name: null,
        last_name: null,
        has_one_name: false,
        email: 'a@b.example',
        phone: null,
        address: null,
        ...noContact,
        locale: null,
        version: 3,
      },
    },
    'a company with a version': {
      json: () => parseValues(companySchema, { name: 'Works', code: 'C-1', version: 12 }),
      form: () => parseForm(companySchema, { name: 'Works', code: 'C-1', parent_code: '', version: '12' }),
      values: { name: 'Works', code: 'C-1', parent_code: null, address: null, version: 12 },
    },
    'a custom field with choices and a checkbox': {
      json: () =>
        parseValues(newCustomFieldSchema, {
          ...fieldSettings,
          title: 'Size',
          type: 'choice',
          choices: ['S', 'L'],
          is_required: true,
        }),
      form: () =>
        parseForm(
          newCustomFieldSchema,
          {
            ...fieldSettings,
            title: 'Size',
            type: 'choice',
            choices: 'S\r\n\r\nL\nS',
            is_required: '1',
            code: '',
          },
          { decoders: lines },
        ),
      values: {
        ...fieldSettings,
        ...uncheckedSettings,
        title: 'Size',
        type: 'choice',
        choices: ['S', 'L'],
        is_required: true,
        code: null,
      },
    },
    'an absent checkbox': {
      json: () => parseValues(newCustomFieldSchema, { ...fieldSettings, title: 'Gate', type: 'text' }),
      form: () =>
        parseForm(
          newCustomFieldSchema,
          { ...fieldSettings, title: 'Gate', type: 'text' },
          { decoders: lines },
        ),
      values: {
        ...fieldSettings,
        ...uncheckedSettings,
        title: 'Gate',
        type: 'text',
        choices: [],
        is_required: false,
        code: null,
      },
    },
    'a list with one value and an option for null': {
      json: () =>
        parseValues(newCustomerSchema, { username: 'a@b.example', roles: ['role'], template: null }),
      form: () =>
        parseForm(
          newCustomerSchema,
          { username: 'a@b.example', 'roles[]': 'role', template: 'none' },
          { decoders: noEmail },
        ),
      values: {
        username: 'a@b.example',
        first_name: null,
        last_name: null,
        has_one_name: false,
        roles: ['role'],
        template: null,
      },
    },
  };
  for (const [name, { json, form, values }] of Object.entries(pairs))
    it(`returns the same values as a JSON body for ${name}`, () => {
      expect(form()).to.deep.equal({ ok: true, values });
      expect(json()).to.deep.equal({ ok: true, values });
    });

  it('returns the first error of each field, in the order of the schema', () => {
    const { errors } = refused(
      parseForm(userSchema, { last_name: 'x'.repeat(101), email: 'ada', phone: '1', 'cf[size]': 'M' }),
    );
    expect(errors).to.deep.equal([
      { field: 'first_name', code: 'required' },
      { field: 'last_name', code: 'too_long', params: { max: 100 } },
      { field: 'email', code: 'invalid_email' },
      { field: 'phone', code: 'invalid_phone' },
      { field: 'cf[size]', code: 'custom_choice_unlisted', params: { choice: 'M', title: 'size' } },
    ]);
  });

  it('refuses a number that is not one', () => {
    for (const version of ['', '1.5', '-1', '1e3', 'x', '9999999999']) {
      const form = refused(parseForm(companySchema, { name: 'Works', code: 'C-1', version }));
      expect(form.errors, version).to.deep.equal([{ field: 'version', code: 'invalid' }]);
    }
  });

  it('throws BadRequest for a repeated field and for control characters', () => {
    const schema = z.object({ name: z.string() });
    for (const name of [['a', 'b'], { a: 'b' }, 'a\u0000'])
      expect(() => parseForm(schema, { name })).to.throw(BadRequest);
  });
});

describe('parseForm with a stored row', () => {
  const schema = z.object({ name: line(), phone: phone(), is_required: checkbox(), roles: list() });
  const stored = { name: 'Ada', phone: '+44 20 7946 0000', is_required: true, roles: ['one'] };

  it('keeps the value of an absent field', () => {
    expect(parseForm(schema, { name: 'Bob' }, { stored })).to.deep.include({
      values: { name: 'Bob', phone: '+44 20 7946 0000', is_required: false, roles: [] },
    });
  });

  it('keeps the value of an absent field that a newer rule refuses, and refuses it when submitted', () => {
    const former = { ...stored, phone: 'ask for Ada' };
    expect(parseForm(schema, { name: 'Bob' }, { stored: former })).to.deep.include({
      values: { name: 'Bob', phone: 'ask for Ada', is_required: false, roles: [] },
    });
    const submitted = parseForm(schema, { name: 'Bob', phone: former.phone }, { stored: former });
    expect(!submitted.ok && submitted.errors).to.deep.equal([{ field: 'phone', code: 'invalid_phone' }]);
  });

  it('checks the rules over several fields also with the value of an absent field', () => {
    const pair = z.object({ one: line(), other: line() }).refine(({ one, other }) => one !== other, {
      path: ['other'],
      message: 'invalid',
    });
    const parsed = parseForm(pair, { other: 'x' }, { stored: { one: 'x', other: 'y' } });
    expect(!parsed.ok && parsed.errors).to.deep.equal([{ field: 'other', code: 'invalid' }]);
  });

  it('clears a field that is submitted empty', () => {
    expect(parseForm(schema, { name: 'Bob', phone: '' }, { stored })).to.deep.include({
      values: { name: 'Bob', phone: null, is_required: false, roles: [] },
    });
  });

  it('keeps the value of an absent field with a decoder', () => {
    const decoders = { roles: (text: string) => text.split(' ') };
    const parsed = parseForm(schema, { name: 'Bob' }, { stored, decoders });
    expect(parsed.ok && parsed.values.roles).to.deep.equal(['one']);
  });
});

describe('parseForm for a field that the form does not have', () => {
  const schema = z.object({ phone: phone(), roles: list() });

  it('throws BadRequest', () => {
    for (const name of [
      'phone[a]',
      'phone[]',
      'phone.a',
      'Phone',
      '',
      'status',
      'roles[0]',
      '__proto__',
      '__proto__[]',
      'toString',
    ])
      expect(() => parseForm(schema, Object.fromEntries([[name, '1']])), name).to.throw(BadRequest);
  });

  it('accepts the fields of every form and those that are parsed elsewhere', () => {
    const body = { _csrf: 'x', form_key: 'x', link: 'x', next: '/', phone: '', 'roles[]': ['one'] };
    expect(parseForm(schema, body, { others: ['next'] })).to.deep.equal({
      ok: true,
      values: { phone: null, roles: ['one'] },
    });
  });
});

describe('parseValues', () => {
  it('refuses values of other types, missing values and control characters', () => {
    const input = {
      first_name: 5,
      last_name: null,
      email: ['a@b.example'],
      phone: '123\u0000',
      'cf[gate]': {},
    };
    expect(refused(parseValues(userSchema, input)).errors).to.deep.equal([
      { field: 'first_name', code: 'invalid' },
      { field: 'last_name', code: 'required' },
      { field: 'email', code: 'invalid' },
      { field: 'phone', code: 'several_lines' },
      { field: 'cf[gate]', code: 'invalid' },
    ]);
    for (const input of [undefined, null, 'text', []])
      expect(parseValues(userSchema, input).ok, String(input)).to.equal(false);
  });
});

describe('a text with a lone surrogate', () => {
  const TEXT = 'A\ud800B';
  const NEW_PASSWORD = { minimum: 2 };
  const cases: Record<string, { schema: z.ZodObject; input: Record<string, unknown> }> = {
    'a line': { schema: z.object({ value: line() }), input: { value: TEXT } },
    'an optional line': { schema: z.object({ value: optionalLine() }), input: { value: TEXT } },
    'a password': { schema: z.object({ value: password() }), input: { value: TEXT } },
    'a list': { schema: z.object({ value: list() }), input: { value: ['one', TEXT] } },
    'a new password': {
      schema: newPasswordSchema(NEW_PASSWORD),
      input: { new_password: `${TEXT} brave walrus`, accept_terms: true },
    },
    'terms and conditions': { schema: termsSchema, input: { body: TEXT } },
    'the choices of a custom field': {
      schema: newCustomFieldSchema,
      input: {
        ...fieldSettings,
        title: 'Size',
        type: 'choice',
        choices: ['S', TEXT],
        is_required: false,
        code: null,
      },
    },
    'the value of a custom field': {
      schema: objectWithCustomFields({}, formWith(field('gate')).rules),
      input: { 'cf[gate]': TEXT },
    },
  };
  for (const [name, { schema, input }] of Object.entries(cases))
    it(`is refused as ${name}`, () => {
      const wellFormed = JSON.parse(JSON.stringify(input).replaceAll('\\ud800', '😀')) as object;
      expect(parseValues(schema, wellFormed).ok).to.equal(true);
      const [error] = refused(parseValues(schema, input)).errors;
      expect(error).to.include({ code: 'invalid' });
      expect(refused(parseForm(schema, formOf(input))).errors).to.eql([error]);
    });
});

describe('withErrors', () => {
  const taken = refuse({ field: 'email', code: 'email_taken', params: { user_id: '7' } });

  it('keeps the submitted values, lists by their name, without passwords and the CSRF token', () => {
    const body = { email: 'a@b.example', 'roles[]': 'one', new_password: 'secret', _csrf: 'token' };
    const { values } = withErrors(body, taken);
    expect(values).to.deep.equal({ email: 'a@b.example', roles: ['one'] });
  });

  it('prefers the sentence of the field to the sentence of the code', () => {
    const result = refuse({ field: 'username', code: 'required' }, { field: 'other', code: 'required' });
    expect(withErrors({}, result).errors).to.deep.equal({
      username: { text: 'Enter your email address' },
      other: { text: 'Enter a value' },
    });
  });

  it('adds the link of the operations portal', () => {
    expect(withOperationsErrors({}, taken).errors['email']).to.include({
      text: 'A user with this email address already exists',
      href: '/users/7',
      link: 'View this user',
    });
  });

  it('names an unknown actor', () => {
    const stale = refuse({ field: 'version', code: 'company_changed' });
    expect(withOperationsErrors({}, stale).errors['version']?.params).to.deep.equal({ who: 'Someone' });
  });
});

/** The fields of a form that sends the same values. */
function formOf(input: Record<string, unknown>): object {
  const encoded = Object.entries(input).map(([name, value]) => [
    name,
    Array.isArray(value) ? value : textOf(value),
  ]);
  return Object.fromEntries(encoded) as object;
}

function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '';
  return typeof value === 'string' ? value : '';
}

function refused(result: { ok: boolean }): ReturnType<typeof refuse> {
  if (result.ok) throw new Error('The values were accepted');
  return result as ReturnType<typeof refuse>;
}
