import { pick, selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { minimumCharge } from '../../domain/gateway/chargeable-amounts.ts';
import {
  BadSignature,
  GatewayRefused,
  type ChargeState,
  type GatewayEvent,
  type HostedPage,
  type MethodFacts,
  type NewCharge,
  type NewCustomer,
  type NewPaymentPage,
  type NewSetupPage,
  type PaymentGateway,
  type RefundState,
  type Requested,
  type SessionState,
} from '../../domain/gateway/gateway.ts';
import { tenantUrls } from '../../domain/tenant/tenant.ts';
import { currencyExponent } from '../../locales/currencies.ts';
import type { GatewayDeps } from '../open-gateway.ts';
import { verifySignature } from '../signature.ts';
import { cancelCharge, confirmCharge, insertCharge, insertRefund, readCharge } from './charges.ts';
import { detachMethod, findMethod, methodFacts } from './methods.ts';
import { runOnce, type KeyedRequest } from './requests.ts';
import { existing, inAccount, objectId, webhookSecrets, type SandboxAccount } from './sandbox-account.ts';
import { closeSession, insertPaymentSession, insertSetupSession, readSession } from './sessions.ts';

/** What the sandbox sends to a webhook. */
export interface SandboxEvent {
  id: string;
  type: string;
  /** Seconds since 1970. */
  created: number;
  livemode: boolean;
  reference: string | null;
  subject: GatewayEvent['subject'];
}

export const SIGNATURE_HEADER = 'sandbox-signature';

const METHOD_TYPES = ['card', 'us_bank_account'] as const;

/** A payment service within the portal, for development, tests and the demo. */
export class SandboxGateway implements PaymentGateway {
  readonly service = 'sandbox';
  readonly mode = 'test';
  readonly abilities = { methodTypes: METHOD_TYPES, refunds: true, minimum: minimumCharge, isChargeable };
  readonly #account: SandboxAccount;
  readonly #config: GatewayDeps['config'];

  constructor({ config, database }: GatewayDeps, tenantId: string, gatewayId: string) {
    this.#config = config;
    this.#account = { database, tenantId, gatewayId };
  }

  async readAccount(): Promise<{ name: string }> {
    const tenant = await this.#run((db) => selectRow(db.tenant(), pick('tenants', 'name')));
    return existing(tenant);
  }

  createCustomer({ key, ...customer }: NewCustomer): Promise<{ customerId: string }> {
    return this.#runOnce({ key, parameters: customer }, async (db, gateway_id) => {
      const id = newId();
      await db.insertInto('sandbox_customers', { id, gateway_id, ...customer });
      return { customerId: id };
    });
  }

  openSetupPage({ key, ...page }: NewSetupPage): Promise<HostedPage> {
    return this.#openPage({ key, parameters: page }, (db, gatewayId) =>
      insertSetupSession(db, gatewayId, { key, ...page }),
    );
  }

  async openPaymentPage({ key, ...page }: NewPaymentPage): Promise<HostedPage> {
    refuseAmount(page.amount, page.currency);
    return this.#openPage({ key, parameters: page }, (db, gatewayId) =>
      insertPaymentSession(db, gatewayId, { key, ...page }, METHOD_TYPES),
    );
  }

  readSession(sessionId: string): Promise<SessionState> {
    return this.#run((db, gatewayId) => readSession(db, gatewayId, sessionId));
  }

  closeSession(sessionId: string): Promise<'closed' | 'already_complete'> {
    return this.#run((db, gatewayId) => closeSession(db, gatewayId, sessionId));
  }

  async createCharge({ key, ...charge }: NewCharge): Promise<Requested & { chargeId: string }> {
    refuseAmount(charge.amount, charge.currency);
    const request = { call: 'create', key, parameters: charge } as const;
    return this.#runOnce(request, (db, gatewayId) => insertCharge(db, gatewayId, charge));
  }

  confirmCharge({
    key,
    ...charge
  }: {
    chargeId: string;
    methodId: string;
    key: string;
  }): Promise<ChargeState> {
    const request = { call: 'confirm', key, parameters: charge } as const;
    return this.#runOnce(request, (db, gatewayId) => confirmCharge(db, gatewayId, charge));
  }

  readCharge(chargeId: string): Promise<ChargeState> {
    return this.#run((db, gatewayId) => readCharge(db, gatewayId, chargeId));
  }

  cancelCharge(chargeId: string): Promise<ChargeState> {
    return this.#run((db, gatewayId) => cancelCharge(db, gatewayId, chargeId));
  }

  readMethod(methodId: string): Promise<MethodFacts> {
    return this.#run(async (db, gatewayId) => methodFacts(await findMethod(db, gatewayId, methodId)));
  }

  detachMethod(methodId: string): Promise<void> {
    return this.#run((db, gatewayId) => detachMethod(db, gatewayId, methodId));
  }

  async refund({ key, ...refund }: Parameters<PaymentGateway['refund']>[0]): Promise<RefundState> {
    if (refund.amount <= 0n) throw new GatewayRefused('amount_too_small');
    const request = { call: 'refund', key, parameters: refund } as const;
    return this.#runOnce(request, (db, gatewayId) => insertRefund(db, gatewayId, refund));
  }

  readRefund(refundId: string): Promise<RefundState> {
    return this.#run(async (db, gateway_id) => {
      const refunds = db.from('sandbox_refunds').where({ id: objectId(refundId), gateway_id });
      existing(await selectRow(refunds, pick('sandbox_refunds', 'id')));
      return { refundId, status: 'succeeded' };
    });
  }

  findRefund({ chargeId, reference }: Parameters<PaymentGateway['findRefund']>[0]) {
    return this.#run(async (db, gateway_id): Promise<RefundState | undefined> => {
      const refunds = db
        .from('sandbox_refunds')
        .where({ gateway_id, charge_id: objectId(chargeId), reference });
      const refund = await selectRow(refunds, pick('sandbox_refunds', 'id'));
      return refund && { refundId: refund.id, status: 'succeeded' };
    });
  }

  readEvent(body: Buffer, headers: Readonly<Record<string, string | undefined>>, now: number): GatewayEvent {
    const secrets = webhookSecrets(this.#config, this.#account.gatewayId);
    verifySignature(headers[SIGNATURE_HEADER], body, secrets, now);
    const { id, type, created, livemode, subject, reference } = parseEvent(body);
    return {
      id,
      type,
      subject,
      ...(reference !== null && { reference }),
      mode: livemode ? 'live' : 'test',
      sentAt: new Date(created * 1000),
    };
  }

  #run<Result>(work: (db: TenantDb, gatewayId: string) => PromiseLike<Result>): Promise<Result> {
    return inAccount(this.#account, async (db) => work(db, this.#account.gatewayId));
  }

  /** The stored request is found by its key. */
  async #runOnce<Result>(
    request: KeyedRequest,
    work: (db: TenantDb, gatewayId: string) => Promise<Result>,
  ): Promise<Result & Requested> {
    const result = await runOnce(this.#account, request, (db) => work(db, this.#account.gatewayId));
    return { ...result, requestId: request.key };
  }

  async #openPage(
    request: KeyedRequest,
    insert: (db: TenantDb, gatewayId: string) => Promise<{ sessionId: string; expiresAt: Date }>,
  ): Promise<HostedPage> {
    const page = await this.#runOnce(request, async (db, gatewayId) => {
      const { sessionId, expiresAt } = await insert(db, gatewayId);
      const tenant = await selectRow(db.tenant(), pick('tenants', 'slug', 'primary_host'));
      const url = `${tenantUrls(existing(tenant), this.#config).portal_url}/sandbox/pay/${sessionId}`;
      return { sessionId, url, expiresAt: expiresAt.toISOString() };
    });
    return { ...page, expiresAt: new Date(page.expiresAt) };
  }
}

/** Of currencies with three decimals, the last one must be zero. */
function isChargeable(amount: bigint, currency: string): boolean {
  return currencyExponent(currency) < 3 || amount % 10n === 0n;
}

function refuseAmount(amount: bigint, currency: string): void {
  if (amount < minimumCharge(currency)) throw new GatewayRefused('amount_too_small');
  if (!isChargeable(amount, currency)) throw new GatewayRefused('amount_invalid');
}

/** @throws {BadSignature} for a body that the sandbox does not send */
function parseEvent(body: Buffer): SandboxEvent {
  try {
    return JSON.parse(body.toString()) as SandboxEvent;
  } catch (cause) {
    throw new BadSignature('The body is not JSON', { cause });
  }
}
