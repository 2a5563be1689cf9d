import { createTenant, signedInStaff, type TestTenant } from './factories.ts';
import { sharedPortal, type TestPortal } from './portal.ts';

export type StaffVisitor = Awaited<ReturnType<typeof signedInStaff>>;

export interface OperationsSuite {
  portal: TestPortal;
  tenant: TestTenant;
  manager: StaffVisitor;
}

/** The shared portal with a new tenant, and a Manager who is logged in to its operations portal. */
export async function startOperations(
  fields: Parameters<typeof createTenant>[1] = {},
): Promise<OperationsSuite> {
  const portal = await sharedPortal();
  const tenant = await createTenant(portal, fields);
  return { portal, tenant, manager: await signedInStaff(portal, tenant) };
}
