/** When the trail tells a fact: once, and all of it. */
import t from 'tap';
import type { AuditEvent } from '@segl/identity/evidence/ltvsdo/content';
import { countUnlessTold } from '@segl/identity/evidence/told-event';

const TYPE = 'somebody-identified';
const fact = { type: TYPE, of: 'verification', data: { id: '1', name: 'One' } } as const;
const event = (data: Readonly<Record<string, string>>, type: string = TYPE): AuditEvent => ({
  ...{ type, at: new Date(0) },
  data: Object.entries(data).map(([name, value]) => ({ name, value })),
});
const count = (trail: readonly AuditEvent[], facts: readonly (typeof fact)[] = [fact]) =>
  countUnlessTold({ verificationAuditTrail: trail }, TYPE, facts);

t.equal(count([event(fact.data)]), undefined);
t.equal(count([event({ ...fact.data, more: 'x' }), event({}, 'other')]), undefined, 'others say more');
t.equal(count([]), 0);
t.equal(count([event(fact.data), event(fact.data)]), 2, 'twice');
t.equal(count([event({ id: '1' })]), 1, 'not all of it');
t.equal(count([event({ ...fact.data, name: 'Two' })]), 1, 'something else');
t.equal(count([event(fact.data, 'other')]), 0, 'under another name');
t.equal(count([event(fact.data)], []), 1, 'without anything to tell');
