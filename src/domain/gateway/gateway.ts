import type { Row } from '../../database/tables.ts';

export type GatewayService = Row<'gateways'>['service'];
export type MethodType = Row<'payment_methods'>['type'];

/** A service that charges cards and bank accounts. One instance has the keys of one tenant. */
export interface PaymentGateway {
  readonly service: GatewayService;
  readonly mode: 'test' | 'live';
  readonly abilities: {
    readonly methodTypes: readonly MethodType[];
    readonly refunds: boolean;
    /** In minor units of the currency. Less is refused. */
    minimum(currency: string): bigint;
    /** False for an amount with more decimals than the service takes. */
    isChargeable(amount: bigint, currency: string): boolean;
  };
  /** Checks the keys. Returns the name of the account. */
  readAccount(): Promise<{ name: string }>;
  createCustomer(customer: NewCustomer): Promise<{ customerId: string }>;
  openSetupPage(page: NewSetupPage): Promise<HostedPage>;
  openPaymentPage(page: NewPaymentPage): Promise<HostedPage>;
  readSession(sessionId: string): Promise<SessionState>;
  closeSession(sessionId: string): Promise<'closed' | 'already_complete'>;
  /** Moves no money. */
  createCharge(charge: NewCharge): Promise<Requested & { chargeId: string }>;
  confirmCharge(charge: { chargeId: string; methodId: string; key: string }): Promise<ChargeState>;
  readCharge(chargeId: string): Promise<ChargeState>;
  /** Returns the state after the call: a charge that has succeeded stays so. */
  cancelCharge(chargeId: string): Promise<ChargeState>;
  readMethod(methodId: string): Promise<MethodFacts>;
  /** Also of a method that is already gone. */
  detachMethod(methodId: string): Promise<void>;
  refund(refund: {
    chargeId: string;
    amount: bigint;
    currency: string;
    reference: string;
    key: string;
  }): Promise<RefundState>;
  readRefund(refundId: string): Promise<RefundState>;
  /** Of a refund whose response was lost: `reference` is that of the request. */
  findRefund(refund: { chargeId: string; reference: string }): Promise<RefundState | undefined>;
  /** `now` in milliseconds. @throws {BadSignature} unless the service signed the body within the last 5 minutes */
  readEvent(body: Buffer, headers: Readonly<Record<string, string | undefined>>, now: number): GatewayEvent;
}

export interface NewCustomer {
  name: string;
  email: string | null;
  /** Our billing account. */
  reference: string;
  key: string;
}

interface NewPage {
  customerId: string;
  returnUrl: string;
  cancelUrl: string;
  locale: string;
  key: string;
}

export interface NewSetupPage extends NewPage {
  methodTypes: readonly MethodType[];
  /** Our payment method. */
  reference: string;
}

export interface NewPaymentPage extends NewPage {
  /** Minor units. */
  amount: bigint;
  currency: string;
  /** What the page says is paid. */
  description: string;
  savesMethod: boolean;
  /** Our payment. */
  reference: string;
}

/** What the support of the service asks for. */
export interface Requested {
  requestId?: string;
}

export interface HostedPage extends Requested {
  sessionId: string;
  url: string;
  expiresAt: Date;
}

export interface SessionState {
  state: 'open' | 'complete' | 'expired';
  /** Of a completed page. */
  methodId?: string;
  chargeId?: string;
}

export interface NewCharge {
  customerId: string;
  methodId: string;
  /** Minor units. */
  amount: bigint;
  currency: string;
  /** Our payment. */
  reference: string;
  key: string;
}

export interface ChargeState extends Requested {
  chargeId: string;
  status: 'ready' | 'processing' | 'requires_action' | 'succeeded' | 'failed' | 'cancelled';
  /** Minor units that have arrived. */
  received: bigint;
  methodId?: string;
  /** What a dispute or a returned debit has taken back. */
  chargedBack: bigint;
  failure?: ChargeFailure;
}

export interface ChargeFailure {
  code: string;
  /** `never`: only with another method. `customer`: only when the customer confirms the charge. */
  retry: 'later' | 'never' | 'customer';
  /** For customers. */
  text: string;
}

export interface RefundState extends Requested {
  refundId: string;
  status: 'processing' | 'succeeded' | 'failed' | 'cancelled';
  failure?: { code: string; text: string };
}

export interface MethodFacts {
  type: MethodType;
  brand: string | null;
  last4: string | null;
  exp_month: number | null;
  exp_year: number | null;
  bank_name: string | null;
  fingerprint: string | null;
  state: 'active' | 'verifying' | 'gone';
}

/** A hint to read an object: the event itself is never applied. */
export interface GatewayEvent {
  id: string;
  type: string;
  subject: { kind: 'session' | 'charge' | 'method' | 'refund' | 'other'; id: string };
  /** Our own id of the subject, if the service repeats it. */
  reference?: string;
  mode: 'test' | 'live';
  sentAt: Date;
}

type GatewayErrorOptions = ErrorOptions & { requestId?: string | undefined };

/** The result of a call is not known: a timeout, a lost connection or an error of the service. The state must be read. */
export class GatewayUnknown extends Error {
  override name = 'GatewayUnknown';
  readonly requestId: string | undefined;

  constructor(message: string, { requestId, ...options }: GatewayErrorOptions = {}) {
    super(message, options);
    this.requestId = requestId;
  }
}

/** Nothing has happened: the request or the keys are wrong. */
export class GatewayRefused extends Error {
  override name = 'GatewayRefused';
  readonly code: string;
  readonly requestId: string | undefined;

  constructor(code: string, { requestId, ...options }: GatewayErrorOptions = {}) {
    super(`The payment service refused a request: ${code}`, options);
    this.code = code;
    this.requestId = requestId;
  }
}

export function requestIdOf(error: unknown): string | null {
  const isOfService = error instanceof GatewayUnknown || error instanceof GatewayRefused;
  return (isOfService ? error.requestId : undefined) ?? null;
}

export class BadSignature extends Error {
  override name = 'BadSignature';
}
