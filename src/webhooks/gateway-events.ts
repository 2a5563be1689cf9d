import { Router, type Request } from 'express';
import type { AppDeps } from '../app.ts';
import { isId } from '../database/new-id.ts';
import { findGateway } from '../domain/gateway/gateway-queries.ts';
import { BadSignature, type GatewayEvent } from '../domain/gateway/gateway.ts';
import { storeEvent } from '../domain/gateway/gateway-events.ts';
import { found, NotFound } from '../errors.ts';
import { openGateway } from '../gateways/open-gateway.ts';
import type { WebhookProvider } from '../http/authenticate-caller.ts';
import { anyone } from '../http/guards.ts';

type Deps = Pick<AppDeps, 'config' | 'database' | 'log'>;

interface Received {
  gateway_id: string;
  event: GatewayEvent;
  /** Why the event is not processed. */
  ignored_because: string | undefined;
}

/** Of requests whose signature was verified. */
const received = new WeakMap<Request, Received>();

/** Also of a former gateway, whose payments may still change. @throws {NotFound} for an unknown gateway */
export function gatewayWebhooks({ config, database, log }: Deps): WebhookProvider {
  return {
    name: 'Payment service',
    verifySignature: async (req, body) => {
      const { service, gateway_id: id } = req.params;
      if (typeof id !== 'string' || !isId(id)) throw new NotFound('No such gateway');
      const [row] = await req.readTenant((db) => [findGateway(db, id)]);
      const gatewayRow = found(row);
      const isAvailable = gatewayRow.service === service && !(service === 'sandbox' && config.production);
      if (!isAvailable) throw new NotFound('No such gateway');
      const gateway = await openGateway({ config, database }, req.tenant.id, gatewayRow);
      const event = readSigned(() => gateway.readEvent(body, headersOf(req), Date.now()));
      if (!event) return false;
      const isOtherMode = event.mode !== gatewayRow.mode;
      if (isOtherMode)
        log.error(
          { tenant: req.tenant.slug, gateway: id, event: event.id, mode: event.mode },
          'A payment service sent an event of the other mode. Check the keys in Settings → Payments.',
        );
      const isUnused = event.subject.kind === 'other';
      const ignored_because = isOtherMode
        ? `The event is of ${event.mode} mode.`
        : isUnused
          ? 'Events of this type are not used.'
          : undefined;
      received.set(req, { gateway_id: id, event, ignored_because });
      return true;
    },
  };
}

/** Stores the event before the response, so that it is not lost. A worker processes it. */
export function gatewayEventRoutes(): Router {
  const routes = Router();
  routes.post('/', anyone, async (req, res) => {
    const { gateway_id, event, ignored_because } = found(received.get(req));
    await req.inTenant((db) => storeEvent(db, gateway_id, event, ignored_because));
    res.json({ received: true });
  });
  return routes;
}

function readSigned(read: () => GatewayEvent): GatewayEvent | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadSignature) return undefined;
    throw error;
  }
}

/** The first of repeated headers. */
function headersOf({ headers }: Request): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()[0]]));
}
