/** What a notification says: the order's own words, or ours where it has none, with the placeholders filled in. */
import type { Language } from '@segl/problem/catalogue';
import { fillMessage, type MessageValues } from '../../adapters/outbound/message-text.ts';
import { findLogo, type Logo } from '../../adapters/postgres/accounts/account-details.ts';
import { findOrder, listTasks } from '../../adapters/postgres/orders/orders.ts';
import type { DeliveryRow } from '../../adapters/postgres/work/deliveries.ts';
import { momentText } from '../../domain/order/moment-text.ts';
import { documentIdOf, listDocuments, titleOf } from '../../domain/order/documents.ts';
import type { OrderSpec, TaskSpec } from '../../domain/order/model.ts';
import { writeTaskLink } from '../../domain/order/task-link.ts';
import type { FlowContext } from '../context.ts';
import { pageLanguage } from '../packaging/make-pdf.ts';
import type { SenderView } from '../signing-api.ts';
import { senderView } from '../signing/asker.ts';
import { subjectOf } from '../signing/signing-session.ts';
import { defaultTexts, mailFrame, type Occasion } from './default-texts.ts';
import { mailHtml } from './mail-html.ts';

/** What its words are about. */
interface Matter {
  readonly language: Language;
  readonly sender: SenderView;
  /** The account has a name for people. */
  readonly isNamed: boolean;
  readonly values: MessageValues;
}

export interface ComposedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Of an account that has a name besides its own. */
  readonly senderName?: string;
  readonly logo?: Logo;
}

const occasionOf = ({ state, dueAt }: DeliveryRow): Occasion =>
  state === null || state === 'created' ? (dueAt === null ? 'invitation' : 'reminder') : state;

const isEmpty = (text: string | null): boolean => (text ?? '').trim() === '';

export async function composeMail(context: FlowContext, delivery: DeliveryRow): Promise<ComposedMail> {
  const { language, sender, isNamed, values } = await matterOf(context, delivery);
  const ours = defaultTexts[language][occasionOf(delivery)];
  const subject = fill(isEmpty(delivery.header) ? ours.subject : delivery.header!, values);
  const text = isEmpty(delivery.message)
    ? ownText(ours.mail, { language, values })
    : fill(delivery.message, values);
  const logo = sender.logo === undefined ? undefined : await findLogo(context.db, sender.logo);
  const html = mailHtml({
    ...{ language, subject, text, sender },
    ...{ taskUrl: values.taskUrl, hasLogo: logo !== undefined },
  });
  return { subject, text, html, ...(isNamed && { senderName: sender.name }), ...(logo && { logo }) };
}

export async function composeSms(context: FlowContext, delivery: DeliveryRow): Promise<string> {
  const { language, values } = await matterOf(context, delivery);
  if (!isEmpty(delivery.message)) return fill(delivery.message, values);
  return fill(defaultTexts[language][occasionOf(delivery)].sms, values);
}

const fill = fillMessage;

/** With the reference at its end. Whose name is not known is greeted without one. */
function ownText(text: string, { language, values }: Pick<Matter, 'language' | 'values'>): string {
  const greeted = values.signerName === '' ? text.replace(' ${signerName}', '') : text;
  return fill(`${greeted}\n\n${mailFrame[language].reference}: \${reference}`, values);
}

async function matterOf({ db, config }: FlowContext, { requestId, taskId }: DeliveryRow): Promise<Matter> {
  const order = await findOrder(db, requestId);
  const spec = order?.spec;
  const task = spec?.tasks.find(({ id }) => id === taskId);
  const language = pageLanguage(task?.language ?? spec?.language);
  const sender = await senderView(db, order?.service ?? '');
  const rows = await listTasks(db, requestId);
  // of the order as a whole: the first that passes
  const deadline = rows
    .filter((row) => taskId === null || row.taskId === taskId)
    .map(({ expiresAt }) => expiresAt)
    .toSorted((one, other) => one.getTime() - other.getTime())[0];
  const subject = order && task && subjectOf(order, task);
  const ids = { requestId, ...(taskId !== null && { taskId }) };
  return {
    language,
    sender,
    isNamed: sender.name !== order?.service,
    values: {
      ...ids,
      taskUrl: config.publicUrl + writeTaskLink({ service: order?.service ?? '', ...ids }),
      signerName: [subject?.firstName, subject?.lastName].filter(Boolean).join(' '),
      senderName: sender.name,
      title: spec ? titleIn(spec, task) : '',
      deadline: deadline ? momentText(deadline, language) : '',
      reference: spec?.clientReference ?? requestId,
    },
  };
}

/** The task's own title, or those of its documents; of an order, of all its documents. */
function titleIn(order: OrderSpec, task: TaskSpec | undefined): string {
  if (task?.dialog?.title) return task.dialog.title;
  const wanted = task && new Set(task.documentActions.map((action) => documentIdOf(order, action)));
  return listDocuments(order)
    .filter(({ documentId }) => wanted?.has(documentId) ?? true)
    .map(titleOf)
    .join(', ');
}
