import t from 'tap';
import { queueLimits } from '@segl/server/composition/queue-limits';

t.test('settings of 0 limit nothing, others the queues that they are for', (t) => {
  t.strictSame(queueLimits({ packagingConcurrency: 0, mailsPerMinute: 0, smsPerMinute: 0 }), {
    'package-task': { concurrency: undefined },
    'package-order': { concurrency: undefined },
    'send-mail': { perMinute: undefined },
    'send-sms': { perMinute: undefined },
  });
  t.strictSame(queueLimits({ packagingConcurrency: 3, mailsPerMinute: 20, smsPerMinute: 5 }), {
    'package-task': { concurrency: 3 },
    'package-order': { concurrency: 3 },
    'send-mail': { perMinute: 20 },
    'send-sms': { perMinute: 5 },
  });
  t.end();
});
