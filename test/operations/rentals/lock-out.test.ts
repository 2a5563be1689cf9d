import { expect } from 'chai';
import { startRentals } from '../../support/rentals-suite.ts';

describe('The lock-out of a rental', () => {
  const suite = startRentals();

  it('locks out with a reason and unlocks', async () => {
    const { id } = await suite.start();
    const page = await (await suite.manager.visit(`/rentals/${id}`)).follow('Lock out');
    expect((await page.submit('Lock out')).errors).to.eql(['Enter a reason']);
    const locked = await page.submit('Lock out', { Reason: 'Fire door' });
    expect(locked.badges).to.include('Locked out');
    expect(locked.text).to.include('Fire door');
    const unlocked = await (await locked.follow('Unlock')).submit('Unlock');
    expect(unlocked.badges).not.to.include('Locked out');
    expect(await suite.events(id)).to.include.members(['rental.locked_out', 'rental.unlocked']);
  });
});
