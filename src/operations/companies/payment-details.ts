import { paymentDetailsRoutes } from '../records/payment-details.ts';
import { companyKind } from '../records/record-pages.ts';

export const companyPaymentDetails = paymentDetailsRoutes(companyKind);
