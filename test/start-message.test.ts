import { expect } from 'chai';
import { startMessage } from '../src/start-message.ts';
import { startPortal } from './support/portal.ts';

describe('the message of a start', () => {
  it('says that the history of a new demo follows, so that empty pages are understood', async () => {
    const portal = await startPortal();
    const messageOf = (isDemoNew: boolean) => startMessage(portal.config, portal.database, { isDemoNew });
    const sentence = 'Two years of rentals and invoices follow in about half a minute';
    expect(await messageOf(true)).to.include(sentence);
    expect(await messageOf(false))
      .to.include('Platform console')
      .and.not.include(sentence);
    await portal.close();
  });
});
