import { Router, type Request } from 'express';
import { MAX_COUNT } from '../../../database/paginate.ts';
import {
  findGatewayEvent,
  gatewayEventList,
  gatewayEventStates,
  retryGatewayEvent,
} from '../../../domain/gateway-event/gateway-event-list.ts';
import { found } from '../../../errors.ts';
import { flash } from '../../../http/flash.ts';
import { may } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';
import { readList } from '../../../http/read-list.ts';
import { seeOther } from '../../../http/see-other.ts';
import { gatewayEventBadges } from '../../badges.ts';
import { serviceLabels } from './show.ts';

type EventRequest = Request<{ id: string }>;

export const gatewayEvents = Router().param('id', idParam);

gatewayEvents.get('/', may('gateways.edit'), async (req, res) => {
  const list = await readList(req, res, gatewayEventList);
  if (!list) return;
  const { query } = list;
  const [{ rows: fetched, count }] = await req.readTenant((db) => [
    gatewayEventList.counted(db, query, list.place),
  ]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/settings/payments/events/list', {
    title: 'Events of the payment service',
    events: rows.map((event) => ({ ...event, state_badge: gatewayEventBadges[event.state] })),
    count,
    max_count: MAX_COUNT,
    state_filter: query.filters.state ?? [],
    states: gatewayEventStates.map((value) => ({ value, label: gatewayEventBadges[value].text })),
    is_filtered: list.isFiltered,
    ...links,
  });
});

gatewayEvents.get('/:id', may('gateways.edit'), async (req: EventRequest, res) => {
  const [row] = await req.readTenant((db) => [findGatewayEvent(db, req.params.id)]);
  const event = found(row);
  res.page('operations/settings/payments/events/show', {
    title: 'Event of the payment service',
    event,
    service_label: serviceLabels[event.service],
    state_badge: gatewayEventBadges[event.state],
  });
});

gatewayEvents.post('/:id/attempts', may('gateways.edit'), async (req: EventRequest, res) => {
  const { id } = req.params;
  const isQueued = await req.inTenant((db) => retryGatewayEvent(db, req.actor, id));
  if (isQueued) flash(req, res, 'The event is processed again now.');
  else flash(req, res, 'The event has not failed. It was left as it is.', { kind: 'info' });
  await seeOther(req, res, `/settings/payments/events/${id}`);
});
