/** Who orders, and what an order names of others: sessions over its tasks, and documents kept elsewhere. */

/** An authenticated service account. */
export interface Account {
  readonly service: string;
}

/** One browser session over tasks of several requests. */
export interface UserSessionSpec {
  readonly language?: string;
  readonly onSessionPostpone?: string;
  readonly onSessionComplete?: string;
  readonly onSessionCancel?: string;
  readonly tasks: readonly {
    readonly requestId: string;
    readonly taskId: string;
    readonly order: number;
    readonly description?: string;
  }[];
}

/** A document wherever this contract keeps one. */
export type DocumentReference =
  | { readonly kind: 'sds' | 'archive'; readonly id: string }
  | {
      readonly kind: 'order';
      readonly requestId: string;
      readonly taskId?: string;
      readonly documentId: string;
      /** `generated`: the document made from a form, which is the one that was signed. */
      readonly which: 'source' | 'generated' | 'result';
    }
  /** A result-uri or original-uri of ours. */
  | { readonly kind: 'uri'; readonly uri: string };
