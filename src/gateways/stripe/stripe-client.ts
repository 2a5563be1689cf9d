import Stripe from 'stripe';
import { GatewayRefused, GatewayUnknown } from '../../domain/gateway/gateway.ts';

export interface StripeOptions {
  secretKey: string;
  /** Of the API. By default that of Stripe. */
  apiUrl?: string | undefined;
  timeoutMs?: number | undefined;
}

/** The SDK waits 80 s, longer than the request of a customer. */
const TIMEOUT_MS = 20_000;

export function createClient({ secretKey, apiUrl, timeoutMs = TIMEOUT_MS }: StripeOptions): Stripe {
  return new Stripe(secretKey, {
    telemetry: false,
    timeout: timeoutMs,
    // A call that moves money is never sent again without reading its result. Even so, the SDK sends a call once
    // more whose connection was closed, with the same key.
    maxNetworkRetries: 0,
    ...(apiUrl !== undefined && addressOf(new URL(apiUrl))),
  });
}

/** Of calls that move no money. */
export const READ = { maxNetworkRetries: 2 } as const;

/** @throws {GatewayUnknown | GatewayRefused} */
export async function callStripe<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw toGatewayError(error);
  }
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof GatewayRefused && error.code === code;
}

const { errors } = Stripe;

/** With these errors, Stripe has done nothing. */
const REFUSALS = [
  errors.StripeInvalidRequestError,
  errors.StripeAuthenticationError,
  errors.StripePermissionError,
  errors.StripeIdempotencyError,
  errors.StripeCardError,
];

function toGatewayError(error: unknown): unknown {
  if (!(error instanceof errors.StripeError)) return error;
  const details = { cause: error, requestId: error.requestId };
  // Another request with the same key is still running.
  const isRunning = error.statusCode === 409;
  if (isRunning || !REFUSALS.some((refusal) => error instanceof refusal))
    return new GatewayUnknown(`Stripe has not returned a result: ${error.type}`, details);
  return new GatewayRefused(codeOf(error), details);
}

function codeOf(error: Stripe.errors.StripeError): string {
  if (error instanceof errors.StripeAuthenticationError) return 'wrong_key';
  if (error instanceof errors.StripePermissionError) return 'not_permitted';
  return error.code ?? error.type;
}

function addressOf({ protocol, hostname, port }: URL) {
  const scheme: 'http' | 'https' = protocol === 'http:' ? 'http' : 'https';
  return { protocol: scheme, host: hostname, ...(port !== '' && { port }) };
}
