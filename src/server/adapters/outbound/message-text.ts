/** Fills the placeholders of messages and subjects. */

/** What the placeholders stand for; one that is absent stays as it is, like any unknown one. */
export interface MessageValues {
  readonly taskUrl: string;
  readonly requestId: string;
  readonly taskId?: string;
  /** Empty where the order does not say. */
  readonly signerName?: string;
  readonly senderName?: string;
  readonly title?: string;
  /** Written in the order's language. */
  readonly deadline?: string;
  /** The sender's own reference, or else the id of the request. */
  readonly reference?: string;
}

const PLACEHOLDER =
  /(?:\$|%24)(?:\{|%7[Bb])(taskUrl|requestId|taskId|signerName|senderName|title|deadline|reference)(?:\}|%7[Dd])/g;

/**
 * Replaces `${taskUrl}`, `${requestId}`, `${taskId}` and the others of {@link MessageValues}, also percent-encoded as URL builders leave them. Inside an
 * address (from http:// to the next space) a value is percent-encoded, elsewhere it stands as it is.
 */
export function fillMessage(text: string, values: MessageValues): string {
  return text.replace(/https?:\/\/\S*|(?:(?!https?:\/\/)\S)+/gi, (word) => {
    const inAddress = /^https?:/i.test(word);
    return word.replace(PLACEHOLDER, (whole, name: keyof MessageValues) => {
      const value = values[name];
      if (value === undefined) return whole;
      return inAddress || whole.startsWith('%') ? encodeURIComponent(value) : value;
    });
  });
}
