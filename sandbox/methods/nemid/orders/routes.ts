import type { FastifyInstance, FastifyReply } from 'fastify';
import { reasonOf } from '@segl/problem/problem';
import { simulatorProblems } from '../problems.ts';
import { isSeglError } from '@segl/problem/errors';
import { render } from '../render.ts';
import { tell, tellEach } from '../told.ts';
import { readFields } from '../../../pages/form.ts';
import { sendPage } from '../../../pages/page.ts';
import { fieldsRefused, type Problems, type UserFields } from '../users/order.ts';
import type { OrderService, PlacedOrder } from './service.ts';
import { ENTERPRISE_TYPES, type EnterpriseType } from '../hierarchy.ts';
import { GROUPS, readCertificateOrder } from './form.ts';

interface ById {
  Params: { id: string };
}

const example = (type: EnterpriseType): UserFields => ({
  type,
  cvr: '99999999',
  company: 'Segl Sandbox',
  group: GROUPS[0],
  publish: 'yes',
});

/** A file name that every system takes. */
const fileName = (name: string): string =>
  `${name.replace(/[^A-Za-z0-9-]+/g, '-').replace(/^-|-$/g, '') || 'key'}.p12`;

/** Order → confirm → ordered (temporary password on demand) → the mailed link → a PKCS#12 file. The same as JSON. */
export function ordersPlugin(app: FastifyInstance, orders: () => OrderService): void {
  const p12 = (reply: FastifyReply, { name }: PlacedOrder, file: Uint8Array): FastifyReply =>
    reply
      .headers({
        'content-disposition': `attachment; filename="${fileName(name)}"`,
        'cache-control': 'no-store',
      })
      .type('application/x-pkcs12')
      .send(Buffer.from(file));
  const form = (reply: FastifyReply, fields: UserFields, problems: Problems): FastifyReply =>
    sendPage(reply, render('order-form', { fields, problems: tellEach(problems), GROUPS }));

  app.get('/orders/', async (_request, reply) =>
    sendPage(
      reply,
      render('orders', {
        orders: orders().all.map((order) => ({ ...order, serial: orders().serialNumber(order) })),
      }),
    ),
  );
  app.get<{ Querystring: { type?: string } }>('/orders/new', async ({ query }, reply) =>
    form(reply, example(ENTERPRISE_TYPES.find((type) => type === query.type) ?? 'foces'), {}),
  );
  app.post('/orders/new', async ({ body }, reply) => {
    const fields = readFields(body);
    const order = readCertificateOrder(fields);
    if ('problems' in order) return form(reply.code(400), fields, order.problems);
    if (fields['back'] !== undefined) return form(reply, fields, {});
    if (fields['confirmed'] !== 'yes') return sendPage(reply, render('order-confirm', { order }));
    return reply.redirect(`/orders/order/${(await orders().place(order)).id}`, 303);
  });
  const ordered = (reply: FastifyReply, id: string, showPassword: boolean): FastifyReply => {
    const order = orders().get(id);
    return sendPage(reply, render('order', { order, serial: orders().serialNumber(order), showPassword }));
  };
  app.get<ById>('/orders/order/:id', async ({ params }, reply) => ordered(reply, params.id, false));
  app.post<ById>('/orders/order/:id/password', async ({ params }, reply) => ordered(reply, params.id, true));
  app.post<ById>('/orders/order/:id/revoke', async ({ params }, reply) => {
    await orders().revoke(params.id);
    return reply.redirect(`/orders/order/${params.id}`, 303);
  });
  app.get<ById>('/orders/order/:id/certificate.cer', async ({ params }, reply) =>
    reply.type('application/pkix-cert').send(Buffer.from(orders().certificate(orders().get(params.id)))),
  );

  const activation = (reply: FastifyReply, order: PlacedOrder, problem?: string): FastifyReply =>
    sendPage(reply, render('order-activate', { order, problem }));
  app.get<{ Params: { token: string } }>('/orders/activate/:token', async ({ params }, reply) =>
    activation(reply, orders().byToken(params.token)),
  );
  app.post<{ Params: { token: string } }>('/orders/activate/:token', async ({ params, body }, reply) => {
    const { temporary = '', password = '', repeated = '' } = readFields(body);
    const order = orders().byToken(params.token);
    try {
      if (password !== repeated) {
        throw simulatorProblems.error('BAD_REQUEST', {
          why: simulatorProblems.of('sandbox/passwords-differ'),
        });
      }
      return p12(reply, order, await orders().activate(params.token, temporary, password));
    } catch (error) {
      if (!isSeglError(error, 'BAD_REQUEST')) throw error;
      return activation(reply.code(400), order, tell(reasonOf(error)));
    }
  });

  app.get('/orders/api/orders', async () => orders().all.map(({ token: _token, ...order }) => order));
  app.post('/orders/api/orders', async ({ body }, reply) => {
    const order = readCertificateOrder(readFields(body));
    if (!('problems' in order)) {
      const { token: _token, ...placed } = await orders().place(order);
      return reply.code(201).send(placed);
    }
    throw fieldsRefused(order.problems);
  });
}
