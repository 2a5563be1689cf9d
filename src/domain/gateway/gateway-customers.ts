import { column, nullable, pick, selectRow } from '../../database/columns.ts';
import { inTenant } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { ChargeDeps } from './charge-deps.ts';
import type { PaymentGateway } from './gateway.ts';

/**
 * The id of the account at the gateway, where it is created at the first use.
 *
 * @throws {GatewayUnknown}
 * @throws {GatewayRefused}
 */
export async function ensureCustomer(
  { database }: ChargeDeps,
  tenantId: string,
  gateway: PaymentGateway,
  { accountId, gatewayId }: { accountId: string; gatewayId: string },
): Promise<string> {
  const own = { billing_account_id: accountId, gateway_id: gatewayId };
  const findStored = () =>
    inTenant(database, tenantId, async (db) =>
      selectRow(db.from('gateway_customers').where(own), pick('gateway_customers', 'external_id')),
    );
  const stored = await findStored();
  if (stored) return stored.external_id;
  const owner = await inTenant(database, tenantId, async (db) => found(await findOwner(db, accountId)));
  const { customerId } = await gateway.createCustomer({
    name: owner.company_name ?? (owner.user_name || owner.user_email!),
    email: owner.billing_emails?.[0] ?? owner.user_email,
    reference: accountId,
    key: `${accountId}:customer`,
  });
  // A parallel request may have stored one, which then counts.
  await inTenant(database, tenantId, (db) =>
    db
      .insertInto('gateway_customers', { ...own, external_id: customerId })
      .onConflict()
      .ignore(),
  );
  return (await findStored())!.external_id;
}

const ownerColumns = {
  company_name: nullable(column('companies as c', 'name')),
  billing_emails: nullable(column('companies as c', 'billing_emails')),
  user_name: nullable(column('users as u', 'name')),
  user_email: nullable(column('users as u', 'email')),
};

function findOwner(db: TenantDb, accountId: string) {
  const accounts = db
    .from('billing_accounts as b')
    .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
    .leftJoin('users as u', { 'u.tenant_id': 'b.tenant_id', 'u.id': 'b.user_id' })
    .where('b.id', accountId);
  return selectRow(accounts, ownerColumns);
}
