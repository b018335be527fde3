/**
 * The address a signer's browser goes to: the order's own, byte for byte, with `${requestId}` and `${taskId}` (also
 * percent-encoded, as URL builders leave them) replaced. Undefined for a missing or empty one: no redirect.
 */
export function redirectUrl(
  template: string | undefined,
  values: { readonly requestId: string; readonly taskId: string },
): string | undefined {
  if (!template) return undefined;
  return template.replace(
    /(?:\$|%24)(?:\{|%7[Bb])(requestId|taskId)(?:\}|%7[Dd])/g,
    (_whole, name: 'requestId' | 'taskId') => encodeURIComponent(values[name]),
  );
}
