import { Router } from 'express';
import { signedIn } from '../http/guards.ts';

export const dashboard = Router();

dashboard.get('/', signedIn, (req, res) => {
  const { first_name, email, email_verified_at, companies } = req.user!;
  res.page('account/dashboard', {
    title: 'Your account',
    first_name,
    email,
    is_verified: email_verified_at !== null,
    company_names: companies.map((company) => company.name),
  });
});
