import { BadSignature, type GatewayEvent } from '../../domain/gateway/gateway.ts';

interface StripeEvent {
  id: string;
  type: string;
  /** Seconds since 1970. */
  created: number;
  livemode: boolean;
  data: { object: EventObject };
}

interface EventObject {
  id?: string;
  client_reference_id?: string | null;
  metadata?: Record<string, string> | null;
  payment_intent?: string | { id: string } | null;
  payment_method?: string | { id: string } | null;
}

/** Of a body whose signature was verified. @throws {BadSignature} for a body that Stripe does not send */
export function parseEvent(body: Buffer): GatewayEvent {
  const { id, type, created, livemode, data } = parseJson(body);
  const reference = data.object.client_reference_id ?? data.object.metadata?.['reference'];
  return {
    id,
    type,
    subject: subjectOf(type, data.object),
    ...(reference !== undefined && { reference }),
    mode: livemode ? 'live' : 'test',
    sentAt: new Date(created * 1000),
  };
}

/** Disputes change their charge; setups and mandates their method. */
function subjectOf(type: string, object: EventObject): GatewayEvent['subject'] {
  const id = object.id ?? '';
  const of = (kind: GatewayEvent['subject']['kind'], reference: EventObject['payment_intent']) => ({
    kind,
    id: (typeof reference === 'string' ? reference : reference?.id) ?? id,
  });
  if (type.startsWith('checkout.session.')) return { kind: 'session', id };
  if (type.startsWith('payment_intent.')) return { kind: 'charge', id };
  if (type.startsWith('charge.dispute.')) return of('charge', object.payment_intent);
  if (type.startsWith('refund.')) return { kind: 'refund', id };
  if (type.startsWith('payment_method.')) return { kind: 'method', id };
  if (/^(setup_intent|mandate)\./.test(type)) return of('method', object.payment_method);
  return { kind: 'other', id };
}

function parseJson(body: Buffer): StripeEvent {
  try {
    return JSON.parse(body.toString()) as StripeEvent;
  } catch (cause) {
    throw new BadSignature('The body is not JSON', { cause });
  }
}
