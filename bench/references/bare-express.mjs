// Express 5 with EJS, and below it helmet and express-session with connect-pg-simple, in two processes as they are
// commonly set up. The pages have the markup of the portal's pages without its components, and the same size.
import cluster from 'node:cluster';
import path from 'node:path';
import connectPgSimple from 'connect-pg-simple';
import ejs from 'ejs';
import express from 'express';
import session from 'express-session';
import helmet from 'helmet';
import pg from 'pg';

const views = path.join(import.meta.dirname, 'views');

const tiles = [
  { href: '/account/billing#payment-details', title: 'Payment details', text: 'How you pay', icon: 'card' },
  { href: '/account/units', title: 'Units', text: 'What you rent', icon: 'unit' },
  {
    href: '/account/billing#billing-history',
    title: 'Billing history',
    text: 'Your invoices',
    icon: 'receipt',
  },
];

/** Text that gives a page the size in bytes of the portal's page. */
async function fillerOf(view, locals, bytes) {
  const html = await ejs.renderFile(path.join(views, `${view}.ejs`), { ...locals, filler: '' });
  return 'x'.repeat(Math.max(0, bytes - Buffer.byteLength(html)));
}

async function createApp() {
  const { LOGIN_BYTES, ACCOUNT_BYTES, USERS_BYTES } = process.env;
  const login = { title: 'Log in', brand: 'Bench', csrf: 'x'.repeat(36), values: {} };
  const account = {
    title: 'Your account',
    brand: 'Bench',
    csrf: 'x'.repeat(36),
    name: 'Ada Lovelace',
    tiles,
  };
  const fillers = {
    login: await fillerOf('login', login, Number(LOGIN_BYTES)),
    account: await fillerOf('account', account, Number(ACCOUNT_BYTES)),
    users: await fillerOf('account', account, Number(USERS_BYTES)),
  };

  const app = express().disable('x-powered-by').disable('etag').set('view engine', 'ejs').set('views', views);
  const showLogin = (_req, res) => res.render('login', { ...login, filler: fillers.login });
  app.get('/login', showLogin);
  app.use(helmet());
  app.use(sessions());
  app.get('/login-with-session', showLogin);
  app.get('/sign-in', (req, res) => {
    req.session.user = { id: 1, name: account.name };
    res.send('signed in');
  });
  const showAccount = (filler) => (req, res) => {
    if (!req.session.user) return res.sendStatus(401);
    res.render('account', { ...account, name: req.session.user.name, filler });
  };
  app.get('/account', showAccount(fillers.account));
  app.get('/users', showAccount(fillers.users));
  return app;
}

function sessions() {
  const Store = connectPgSimple(session);
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
  const store = new Store({
    pool,
    schemaName: 'bare',
    tableName: 'session',
    disableTouch: true,
    pruneSessionInterval: false,
  });
  return session({ store, secret: 'a secret of the bench', resave: false, saveUninitialized: false });
}

if (cluster.isPrimary) {
  for (let n = 0; n < 2; n++) cluster.fork();
} else {
  (await createApp()).listen(Number(process.env.PORT), '127.0.0.1');
}
