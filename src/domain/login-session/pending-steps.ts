import type { TenantDb } from '../../database/tenant-db.ts';
import { Forbidden } from '../../errors.ts';
import { findTermsToAccept } from '../terms/terms-queries.ts';

type Audience = 'customer' | 'staff';

export interface PendingStep {
  /** The page of the step at the portal of each audience. Other audiences never have to complete it. */
  paths: Partial<Record<Audience, string>>;
  isRequired: (db: TenantDb, userId: string) => Promise<boolean>;
}

/** What users may have to do after the login before they see other pages, in this order. */
export const pendingSteps = {
  terms: {
    paths: { customer: '/account/terms/agreement' },
    isRequired: async (db, userId) => (await findTermsToAccept(db, userId)) !== undefined,
  },
} satisfies Record<string, PendingStep>;

export type StepName = keyof typeof pendingSteps;

export async function listRequiredSteps(
  db: TenantDb,
  { id, audience }: { id: string; audience: Audience },
): Promise<string[]> {
  const required: string[] = [];
  for (const [name, step] of allSteps())
    if (step.paths[audience] !== undefined && (await step.isRequired(db, id))) required.push(name);
  return required;
}

/**
 * Returns undefined when no step is pending.
 *
 * @throws {Forbidden} when the pending steps have no page: a newer version may have added them
 */
export function findFirstStep(
  pending: readonly string[],
  audience: Audience,
): { name: string; path: string } | undefined {
  if (pending.length === 0) return undefined;
  for (const [name, { paths }] of allSteps()) {
    const path = paths[audience];
    if (path !== undefined && pending.includes(name)) return { name, path };
  }
  throw new Forbidden();
}

function allSteps(): [string, PendingStep][] {
  return Object.entries<PendingStep>(pendingSteps);
}
