/** Links to tasks and user sessions: paths that signers are sent to. */
import t from 'tap';
import { writeSessionLink, writeTaskLink } from '@segl/server/domain/order/task-link';

t.test('of a task, of an order, and without a service', (t) => {
  t.equal(
    writeTaskLink({ service: 'demo', requestId: 'r1', taskId: 'a' }),
    '/std/docaction/demo?request_id=r1&task_id=a',
  );
  t.equal(writeTaskLink({ service: 'demo', requestId: 'r1' }), '/std/docaction/demo?request_id=r1');
  t.equal(writeTaskLink({ service: '', requestId: 'r1' }), '/std/docaction?request_id=r1');
  t.equal(
    writeTaskLink({ service: 'a/s', requestId: 'r&1', taskId: 'å =' }),
    '/std/docaction/a%2Fs?request_id=r%261&task_id=%C3%A5%20%3D',
  );
  t.end();
});

t.test('of a user session', (t) => {
  t.equal(
    writeSessionLink({ service: 'demo', userSessionId: 'u1' }),
    '/std/docaction/demo?user_session_id=u1',
  );
  t.equal(
    writeSessionLink({ service: 'a/s', userSessionId: 'u 1' }),
    '/std/docaction/a%2Fs?user_session_id=u%201',
  );
  t.equal(writeSessionLink({ service: '', userSessionId: 'u1' }), '/std/docaction?user_session_id=u1');
  t.end();
});
