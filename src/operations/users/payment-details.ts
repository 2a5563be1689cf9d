import { paymentDetailsRoutes } from '../records/payment-details.ts';
import { userKind } from '../records/record-pages.ts';

export const userPaymentDetails = paymentDetailsRoutes(userKind);
