import { expect } from 'chai';
import { cachedSchema, MAX_KEY_LENGTH } from '../../../src/domain/form/schema-cache.ts';
import { newUserSchema, changedUserSchema } from '../../../src/domain/user/user-form.ts';
import type { CustomField } from '../../../src/domain/custom-field/custom-field-queries.ts';
import { customForm, type StoredValues } from '../../../src/domain/custom-field/form-fields.ts';

const field = (fields: Partial<CustomField> = {}): CustomField => ({
  id: 'a',
  code: 'size',
  title: 'Size',
  type: 'choice',
  choices: ['S', 'L'],
  is_required: false,
  entity: 'user',
  is_read_only: false,
  is_secret: false,
  is_searchable: false,
  customer_access: 'none',
  retired_at: null,
  position: 0,
  version: 0,
  ...fields,
});

const formOf = (fields: Partial<CustomField> = {}, stored?: StoredValues) =>
  customForm([field(fields)], { ...(stored && { stored }), secretKeys: [] });

describe('cachedSchema', () => {
  it('creates one schema for equal rules', () => {
    let created = 0;
    const schemaOf = cachedSchema((rules: string[]) => ({ rules, number: (created += 1) }));
    expect(schemaOf(['a'])).to.equal(schemaOf(['a']));
    expect(schemaOf(['b'])).to.not.equal(schemaOf(['a']));
    expect(created).to.equal(2);
  });

  const countCreated = () => {
    const created: string[] = [];
    const schemaOf = cachedSchema((rules: string) => {
      created.push(rules[0]!);
      return { rules };
    });
    return { created, use: (name: string, length: number) => schemaOf(name.padEnd(length, '-')) };
  };

  it('keeps the schemas that were used last, up to a total length of their rules', () => {
    const { created, use } = countCreated();
    const third = MAX_KEY_LENGTH / 3;
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) use(name, third);
    expect(created.join('')).to.equal('abcb');
  });

  it('shares the length between kinds of schemas', () => {
    const [first, second] = [countCreated(), countCreated()];
    first.use('a', MAX_KEY_LENGTH / 2);
    second.use('a', MAX_KEY_LENGTH / 2);
    first.use('a', MAX_KEY_LENGTH / 2);
    expect([first.created, second.created]).to.eql([['a', 'a'], ['a']]);
  });

  it('keeps the last schema even when its rules are longer', () => {
    const { created, use } = countCreated();
    for (const name of ['a', 'a', 'b', 'a']) use(name, 2 * MAX_KEY_LENGTH);
    expect(created.join('')).to.equal('aba');
  });

  it('is used for users with the same custom fields, also of another tenant', () => {
    expect(newUserSchema(formOf())).to.equal(newUserSchema(formOf({ id: 'b', position: 3, version: 2 })));
    const [ada, grace] = [{ name: 'Ada' }, { name: 'Grace' }];
    expect(changedUserSchema(ada, formOf({}, { size: 'S' }))).to.equal(
      changedUserSchema(grace, formOf({}, {})),
    );
  });

  it('is not used after a custom field was changed', () => {
    for (const change of [
      { title: 'Width' },
      { code: 'width' },
      { choices: ['S'] },
      { is_required: true },
      { type: 'text' as const },
    ])
      expect(newUserSchema(formOf(change)), JSON.stringify(change)).to.not.equal(newUserSchema(formOf()));
  });

  it('is not used for a user with a removed choice or without a name', () => {
    const [ada, nameless] = [{ name: 'Ada' }, { name: '' }];
    const removed = changedUserSchema(ada, formOf({}, { size: 'XL' }));
    expect(removed).to.not.equal(changedUserSchema(ada, formOf({}, {})));
    expect(changedUserSchema(nameless, formOf({}, {}))).to.not.equal(changedUserSchema(ada, formOf({}, {})));
    const values = { first_name: 'A', last_name: 'B', email: 'a@b.example', phone: null, version: 1 };
    expect(removed.safeParse({ ...values, 'cf[size]': 'XL' }).success).to.equal(true);
    const offered = changedUserSchema(ada, formOf({}, {}));
    expect(offered.safeParse({ ...values, 'cf[size]': 'XL' }).success).to.equal(false);
  });
});
