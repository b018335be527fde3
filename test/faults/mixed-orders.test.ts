/** The short form of `npm run faults`. */
import t from 'tap';
import { METHODS, mixedOrders } from '../../faults/mixed-orders.ts';

t.test('one order by each kind of method while the service is killed', async (t) => {
  const { orders, kills, lost, doubled, untold, leaked, names } = await mixedOrders(t, METHODS.length);
  t.same({ lost, doubled, untold }, { lost: [], doubled: [], untold: [] });
  t.equal(orders, METHODS.length);
  t.same(leaked, [], 'nothing about persons, and no secret, in the log');
  t.ok(kills > 0, 'it was killed meanwhile');
  t.ok(names.size > 4, 'by different methods');
});
