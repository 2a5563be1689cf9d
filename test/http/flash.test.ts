import { expect } from 'chai';
import type { Request, Response } from 'express';
import {
  consumeFlashData,
  consumeFlashes,
  flash,
  rememberFlashes,
  setFlashData,
} from '../../src/http/flash.ts';

const loggedIn = () => ({ session: { csrfSecret: 'secret' } }) as unknown as Request;
const res = { statusCode: 200 } as Response;

describe('flash', () => {
  it('keeps the latest twenty notices and values of a session', () => {
    const req = loggedIn();
    for (let n = 1; n <= 25; n += 1) {
      flash(req, res, `Notice ${n}`);
      setFlashData(req, `/users/${n}`, 'new');
    }
    setFlashData(req, '/users/6', 'again');
    setFlashData(req, '/users/26', 'new');
    expect([5, 6, 7, 8, 26].map((n) => consumeFlashData(req, `/users/${n}`))).to.deep.equal([
      undefined,
      'again',
      undefined,
      'new',
      'new',
    ]);
    const texts = consumeFlashes(req, res).map(({ text }) => text);
    expect([texts.length, texts[0], texts.at(-1)]).to.deep.equal([20, 'Notice 6', 'Notice 25']);
  });

  it('is removed by the function of rememberFlashes, which keeps earlier notices', () => {
    const req = loggedIn();
    const forget = rememberFlashes(req);
    flash(req, res, 'Created');
    setFlashData(req, '/users/1', 'new');
    forget();
    expect(req.session).to.deep.equal({ csrfSecret: 'secret' });

    flash(req, res, 'Earlier');
    const forgetLater = rememberFlashes(req);
    flash(req, res, 'Later');
    forgetLater();
    expect(consumeFlashes(req, res).map(({ text }) => text)).to.deep.equal(['Earlier']);
  });
});
