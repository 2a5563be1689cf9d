import { column, pick, selectRows, type Column } from '../../database/columns.ts';
import { isId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { ownerOf, type Owner } from '../billing-account/billing-account.ts';
import type { CompanyStatus } from '../company/company.ts';
import { displayName } from '../user/user.ts';

/** A person or a company that owes. */
export interface Payer {
  /** Of the person or the company. */
  id: string;
  owner: Owner;
  name: string;
  company: { name: string; status: CompanyStatus } | null;
}

/** By the email address, the company code or the id. */
export async function findPayers(
  db: TenantDb,
  texts: readonly string[],
): Promise<ReadonlyMap<string, Payer>> {
  const wanted = [...new Set(texts)];
  const ids = wanted.filter(isId);
  const others = wanted.filter((text) => !isId(text));
  const users = db
    .visible('users as u')
    .where('u.audience', 'customer')
    .whereRaw('(u.id = any(?::uuid[]) or u.email_norm = any(?::text[]))', [ids, others]);
  const people = await selectRows(users, pick('users as u', 'id', 'name', 'email', 'email_norm'));
  const companies = db
    .visible('companies as c')
    .whereRaw('(c.id = any(?::uuid[]) or c.code_norm = any(?::text[]))', [ids, others]);
  const found = await selectRows(companies, {
    ...pick('companies as c', 'id', 'name', 'code_norm'),
    status: column('companies as c', 'status') as Column<CompanyStatus>,
  });
  return new Map<string, Payer>([
    ...people.flatMap(({ id, name, email, email_norm }) => {
      const owner = ownerOf({ user_id: id, company_id: null });
      const payer = { id, owner, name: displayName({ name, email: email ?? '' }), company: null };
      return [id, ...(email_norm === null ? [] : [email_norm])].map((text) => [text, payer] as const);
    }),
    ...found.flatMap(({ id, name, code_norm, status }) => {
      const payer = { id, owner: { company_id: id }, name, company: { name, status } };
      return [id, ...(code_norm === null ? [] : [code_norm])].map((text) => [text, payer] as const);
    }),
  ]);
}

/** So that their statuses do not change until the commit. Their accounts are locked before. */
export async function lockPayingCompanies(db: TenantDb, payers: Iterable<Payer>): Promise<void> {
  const ids = [...payers].flatMap(({ company, id }) => (company ? [id] : []));
  if (ids.length === 0) return;
  const companies = db
    .from('companies as c')
    .whereRaw('c.id = any(?::uuid[])', [[...new Set(ids)]])
    .orderBy('c.id')
    .forShare();
  await selectRows(companies, pick('companies as c', 'id'));
}
