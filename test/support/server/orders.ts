/** Orders as tests have them. */
import type { TestPerson } from '@segl/sandbox/methods/nemid/persons';
import type { DocumentAction, OrderSpec, TaskSpec } from '@segl/server/domain/order/model';

/** A task for a person, signing the document `doc`. */
export const task = (id: string, person: TestPerson | undefined, more: Partial<TaskSpec> = {}): TaskSpec => ({
  id,
  ...(person && { subject: { nationalId: person.cpr, attributes: [] } }),
  documentActions: [{ type: 'sign', documentRef: 'doc' } satisfies DocumentAction],
  notifications: [],
  dependsOnTasks: [],
  signatures: [{ methods: [{ name: 'nemid-sign' }] }],
  authenticationBasedSignatures: [],
  ...more,
});

/** An order about one plain text. */
export const order = (tasks: readonly TaskSpec[], more: Partial<OrderSpec> = {}): OrderSpec => ({
  subjects: [],
  documents: [
    {
      kind: 'provided',
      id: 'doc',
      description: 'A promise',
      mimeType: 'text/plain',
      data: Buffer.from('I promise.'),
    },
  ],
  tasks,
  notifications: [],
  packagingTasks: [],
  ...more,
});
