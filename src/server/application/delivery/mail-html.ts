/** The HTML of a mail: its plain text in the look of the sender. It loads nothing: the logo travels in the mail. */
import type { Language } from '@segl/problem/catalogue';
import type { SenderView } from '../signing-api.ts';
import { mailFrame } from './default-texts.ts';

/** Content-ID of the logo. */
export const LOGO_ID = 'logo';

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char]!);

const link = (address: string, shown: string): string =>
  `<a href="${escaped(address)}" style="color:#1f5f8b">${escaped(shown)}</a>`;

const button = (address: string, shown: string): string =>
  `<a href="${escaped(address)}" style="display:inline-block;padding:12px 24px;border-radius:8px;background:#1f5f8b;color:#ffffff;font-weight:bold;text-decoration:none">${escaped(shown)}</a>`;

/** Addresses in it become links; without the marks that end a sentence or a bracket. */
function line(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/i)
    .map((part, index) => (index % 2 === 1 ? link(part, part) : escaped(part)))
    .join('');
}

/** `taskUrl` on a line of its own is a button. `hasLogo`: the mail carries it under {@link LOGO_ID}. */
export function mailHtml(mail: {
  readonly language: Language;
  readonly subject: string;
  readonly text: string;
  readonly taskUrl: string;
  readonly sender: SenderView;
  readonly hasLogo: boolean;
}): string {
  const { language, subject, text, taskUrl, sender, hasLogo } = mail;
  const frame = mailFrame[language];
  const paragraphs = text
    .trim()
    .split(/(?:\r?\n){2,}/)
    .map((paragraph) =>
      paragraph.trim() === taskUrl
        ? button(taskUrl, frame.open)
        : paragraph.split(/\r?\n/).map(line).join('<br>'),
    )
    .map((paragraph) => `<p style="margin:0 0 16px">${paragraph}</p>`);
  const about = [
    sender.contact === undefined ? undefined : `${frame.contact}: ${escaped(sender.contact)}`,
    sender.privacyUrl === undefined ? undefined : link(sender.privacyUrl, frame.privacy),
    sender.termsUrl === undefined ? undefined : link(sender.termsUrl, frame.terms),
  ].filter((part) => part !== undefined);
  const logo = hasLogo
    ? `<img src="cid:${LOGO_ID}" alt="" height="36" style="display:block;margin-bottom:8px">`
    : '';
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(subject)}</title></head>
<body style="margin:0;padding:24px;background:#f4f5f7;color:#1b2530;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif">
<div style="max-width:560px;margin:0 auto;padding:24px;border:1px solid #d5dbe1;border-radius:12px;background:#ffffff;overflow-wrap:anywhere">
<div style="margin-bottom:24px;font-weight:bold">${logo}${escaped(sender.name)}</div>
${paragraphs.join('\n')}
${about.length > 0 ? `<p style="margin:24px 0 0;padding-top:16px;border-top:1px solid #d5dbe1;color:#51606f;font-size:14px">${about.join(' · ')}</p>` : ''}
</div>
</body>
</html>
`;
}
