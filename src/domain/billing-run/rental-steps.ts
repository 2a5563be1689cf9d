import { endRentals, listRentalsToEnd, MAX_ENDED, type RentalToEnd } from '../rental/move-out.ts';
import {
  cancelUnpaid,
  listReservationsToExpire,
  listReservationsToStart,
  MAX_EXPIRED,
  MAX_STARTED,
  startReservations,
  type ReservationToExpire,
  type ReservationToStart,
} from '../rental/due-reservations.ts';
import { listOverdueRentals, lockOutRentals, MAX_LOCKED, type OverdueRental } from '../rental/lock-out.ts';
import { batchOf, NOTHING, type RunStep } from './run-step.ts';

const describe = ({ id }: { id: string }) => ({ id, path: `/rentals/${id}`, name: 'Rental' });
const placeOf = ({ id }: { id: string }) => [id];

export const expireReservations: RunStep<ReservationToExpire> = {
  list: async (db, { billing }, after) =>
    batchOf(await listReservationsToExpire(db, billing, after?.[0]), MAX_EXPIRED, placeOf),
  process: async (db, { billing }, rows) => {
    await cancelUnpaid(db, billing, rows);
    return NOTHING;
  },
  describe,
};

export const endDueRentals: RunStep<RentalToEnd> = {
  list: async (db, { billing }, after) =>
    batchOf(await listRentalsToEnd(db, billing, after?.[0]), MAX_ENDED, placeOf),
  process: async (db, { billing }, rows) => {
    await endRentals(db, billing, rows);
    return NOTHING;
  },
  describe,
};

export const startDueReservations: RunStep<ReservationToStart> = {
  list: async (db, { billing }, after) =>
    batchOf(await listReservationsToStart(db, billing, after?.[0]), MAX_STARTED, placeOf),
  process: async (db, { billing }, rows) => {
    await startReservations(db, billing, rows);
    return NOTHING;
  },
  describe,
};

export const lockOutOverdue: RunStep<OverdueRental> = {
  list: async (db, { billing }, after) =>
    batchOf(await listOverdueRentals(db, billing, after?.[0]), MAX_LOCKED, placeOf),
  process: async (db, { billing }, rows) => {
    await lockOutRentals(db, billing, rows);
    return NOTHING;
  },
  describe,
};
