import { Router, type Request } from 'express';
import {
  findGatewayEvent,
  gatewayEventList,
  gatewayEventStates,
  retryGatewayEvent,
  type ListedGatewayEvent,
} from '../../../domain/gateway-event/gateway-event-list.ts';
import { found } from '../../../errors.ts';
import { flash } from '../../../http/flash.ts';
import { may } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';
import { seeOther } from '../../../http/see-other.ts';
import { gatewayEventBadges } from '../../badges.ts';
import type { Column } from '../../list-columns.ts';
import { listScreen } from '../../list-screen.ts';
import { serviceLabels } from './show.ts';

type EventRequest = Request<{ id: string }>;

export const gatewayEvents = Router().param('id', idParam);

export const eventColumns: readonly Column<ListedGatewayEvent>[] = [
  {
    name: 'type',
    heading: 'Type',
    look: 'name',
    cell: ({ id, type }) => ({ value: type, href: `/settings/payments/events/${id}` }),
  },
  { name: 'state', heading: 'State', cell: ({ state }) => ({ badges: [gatewayEventBadges[state]] }) },
  { name: 'reason', heading: 'Reason', look: 'clip', cell: ({ reason }) => ({ value: reason }) },
  {
    name: 'received',
    heading: 'Received',
    kind: 'time',
    is_relative: true,
    cell: ({ received_at }) => ({ value: received_at }),
  },
];

gatewayEvents.get(
  '/',
  may('gateways.edit'),
  listScreen({
    title: 'Events of the payment service',
    path: '/settings/payments/events',
    list: gatewayEventList,
    file: 'gateway-events',
    columns: eventColumns,
    breadcrumbs: [{ href: '/settings/payments', text: 'Payments' }, { text: 'Events received' }],
    intro: () => [
      {
        text: 'What the service has sent to the webhook address. An event is a hint to read a payment or a payment method again.',
        is_lede: true,
      },
    ],
    filters: [
      {
        kind: 'many',
        name: 'state',
        label: 'State',
        options: gatewayEventStates.map((value) => ({ value, label: gatewayEventBadges[value].text })),
      },
    ],
    count: { one: '{count} event', other: '{count} events' },
    more: '{count}+ events',
    noMatch: { heading: 'No events match' },
    firstUse: {
      heading: 'No events yet',
      text: 'They appear here when the payment service sends the first one.',
    },
  }),
);

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
