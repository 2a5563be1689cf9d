import { inTenant } from '../../src/database/in-tenant.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { insertSandbox } from '../../src/domain/gateway/gateway-actions.ts';
import { findGateway } from '../../src/domain/gateway/gateway-queries.ts';
import type { HostedPage, PaymentGateway } from '../../src/domain/gateway/gateway.ts';
import { found } from '../../src/errors.ts';
import { openGateway } from '../../src/gateways/open-gateway.ts';
import { chargeBack } from '../../src/gateways/sandbox/charges.ts';
import { confirmMethod, enterMethod } from '../../src/gateways/sandbox/sessions.ts';
import { setSwitch } from '../../src/gateways/sandbox/switches.ts';
import {
  bankMethod,
  cardMethod,
  testBankAccounts,
  type NewMethod,
} from '../../src/gateways/sandbox/test-numbers.ts';
import { deliverDueEvents } from '../../src/tasks/sandbox-worker.ts';
import type { TestTenant } from './factories.ts';
import type { TestPortal } from './portal.ts';

type Portal = Pick<TestPortal, 'config' | 'database' | 'log' | 'port' | 'owner'>;

export const CARDS = {
  succeeds: '4242424242424242',
  declined: '4000000000000002',
  insufficient_funds: '4000000000009995',
  stolen_card: '4000000000009979',
  expired_card: '4000000000000069',
  authentication_required: '4000002500003155',
};

export const BANK_ACCOUNTS = { succeeds: '000123456789', fails: '000111111116' };

let keys = 0;

export function newKey(): string {
  keys += 1;
  return `key-${process.pid}-${keys}`;
}

/** The sandbox of a tenant. */
export class TestSandbox {
  readonly portal: Portal;
  readonly tenantId: string;
  readonly id: string;
  readonly gateway: PaymentGateway;

  constructor(portal: Portal, tenantId: string, id: string, gateway: PaymentGateway) {
    this.portal = portal;
    this.tenantId = tenantId;
    this.id = id;
    this.gateway = gateway;
  }

  run<Result>(work: (db: TenantDb) => Result | Promise<Result>): Promise<Result> {
    return inTenant(this.portal.database, this.tenantId, work);
  }

  /** Makes the next call fail, or the events of the next change arrive in another way. */
  async next(
    call: 'create' | 'confirm' | 'refund' | 'event',
    behaviour: Parameters<typeof setSwitch>[2]['behaviour'],
    times = 1,
  ): Promise<void> {
    await this.run((db) => setSwitch(db, this.id, { call, behaviour, times }));
  }

  /** Adds a card or a bank account to a customer of the sandbox as a person does on its page. Returns its id. */
  async addMethod(customerId: string, number: string = CARDS.succeeds): Promise<string> {
    const urls = { returnUrl: '/account', cancelUrl: '/account', locale: 'en' };
    const methodTypes = ['card', 'us_bank_account'] as const;
    const page = { customerId, methodTypes, reference: newKey(), key: newKey(), ...urls };
    const { sessionId } = await this.complete(await this.gateway.openSetupPage(page), number);
    return found((await this.gateway.readSession(sessionId)).methodId);
  }

  /** Enters a number on a page and confirms it if the page asks for it. */
  async complete(page: HostedPage, number: string): Promise<HostedPage> {
    const result = await this.run((db) => enterMethod(db, page.sessionId, methodOf(number)));
    if (!result?.ok) throw new Error(`The sandbox refused ${number.slice(-4)}`);
    if (result.state === 'to_confirm') await this.run((db) => confirmMethod(db, page.sessionId));
    return page;
  }

  /** A dispute, or the return of a debit. */
  async chargeBack(chargeId: string): Promise<void> {
    await this.run((db) => chargeBack(db, this.id, chargeId));
  }

  /** Makes the time pass in which debits of bank accounts are processing and events are delayed. */
  async settle(): Promise<void> {
    const { owner } = this.portal;
    await owner.query('update sandbox_charges set settles_at = now() where gateway_id = $1', [this.id]);
    await owner.query(
      'update sandbox_events set due_at = least(due_at, now()) where gateway_id = $1 and due_at is not null',
      [this.id],
    );
  }

  /** Sends every event that is due to the webhook of the portal. */
  deliver(): Promise<void> {
    const { config, database, log, port } = this.portal;
    return deliverDueEvents({ config, database, log, port });
  }
}

/** Gives a tenant the sandbox as its payment service. */
export async function createSandbox(portal: Portal, tenant: Pick<TestTenant, 'id'>): Promise<TestSandbox> {
  const row = await inTenant(portal.database, tenant.id, async (db) => {
    const id = await insertSandbox(db);
    return found(await findGateway(db, id));
  });
  return new TestSandbox(portal, tenant.id, row.id, await openGateway(portal, tenant.id, row));
}

function methodOf(number: string): NewMethod {
  if (testBankAccounts.some((account) => account.number === number))
    return bankMethod({ account_number: number });
  return cardMethod({ card_number: number, expiry: { month: 12, year: 2045 }, security_code: '123' });
}
