import type { TaskSpec } from '../order/model.ts';

/**
 * What the order adds to the text that a signer sees and signs: the document's own `sign-text-entry`, then the
 * `sign-text` of the task, which is the same for each of its documents. Empty: nothing.
 */
export const signTextEntryOf = (
  { signText }: Pick<TaskSpec, 'signText'>,
  { signTextEntry }: { readonly signTextEntry: string | null },
): string => [signTextEntry, signText].flatMap((text) => text?.trim() || []).join('\n\n');
