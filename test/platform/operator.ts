import { asPlatform } from '../../src/database/as-platform.ts';
import { systemActor } from '../../src/domain/actor.ts';
import { createOperator as create, operatorSchema } from '../../src/domain/operator/operator-actions.ts';
import { PASSWORD } from '../support/factories.ts';
import type { TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

let operators = 0;

export async function createOperator(portal: TestPortal): Promise<{ id: string; email: string }> {
  operators += 1;
  const values = operatorSchema.parse({ email: `operator${operators}@portico.example` });
  const created = await asPlatform(portal.database, (db) =>
    create(db, systemActor('Tests'), values, PASSWORD),
  );
  if (!created.ok) throw new Error(JSON.stringify(created.errors));
  return created.operator;
}

export function anonymousVisitor(portal: TestPortal): Visitor {
  return new Visitor(portal, portal.config.operationsDomain);
}

export async function signedInOperator(portal: TestPortal) {
  const operator = await createOperator(portal);
  const visitor = anonymousVisitor(portal);
  const login = await visitor.visit('/login');
  const page = await login.submit('Log in', { username: operator.email, password: PASSWORD });
  if (page.path !== '/tenants') throw new Error(`The operator could not log in: ${page.text}`);
  return Object.assign(visitor, { operator });
}
