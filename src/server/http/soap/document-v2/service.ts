import type { OrderService, TaskService } from '../../../application/api.ts';
import { documentServiceV3, loginWithoutMethod } from '../document-v3/service.ts';
import { soapService, type Operation, type SoapService } from '../service.ts';
import { repliesInV2 } from './replies.ts';

/** They came with v3. */
const newer = ['createUserSession', 'getPackagingTaskStatus'];

function inV2(name: string, run: Operation): Operation {
  const translate = repliesInV2.get(name);
  if (!translate) return run;
  return async (call) => {
    const reply = await run(call);
    return reply && translate(reply);
  };
}

/**
 * DocumentService v2: 14 of the operations of v3, on the same orders. Requests are read as those of v3 are: only places
 * and types of a few elements differ, and the schema knows them. `bundle` is true where it is missing, as in v3.
 * Replies say what v2 has words for.
 */
export function documentServiceV2(orders: OrderService, tasks: TaskService): SoapService {
  const { operations, judges } = documentServiceV3(orders, tasks);
  const older = [...operations].filter(([name]) => !newer.includes(name));
  const olderJudges = [...judges].filter(([name]) => !newer.includes(name));
  return soapService(
    'documentservice-v2',
    orders,
    Object.fromEntries(older.map(([name, run]) => [name, inV2(name, run)])),
    { mayBeMissing: loginWithoutMethod, judges: Object.fromEntries(olderJudges) },
  );
}
