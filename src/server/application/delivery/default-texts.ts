/** What mails and text messages say by themselves, where the order leaves `message` or `header` empty. */
import type { Language } from '@segl/problem/catalogue';
import type { WireTaskStatus } from '../../domain/order/model.ts';

/** `created` is an invitation at first, and a reminder when it comes later. */
export type Occasion = Exclude<WireTaskStatus, 'created'> | 'invitation' | 'reminder';

/** With the placeholders that orders may use as well. */
export interface DefaultText {
  readonly subject: string;
  readonly mail: string;
  readonly sms: string;
}

const en: Readonly<Record<Occasion, DefaultText>> = {
  invitation: {
    subject: '“${title}” from ${senderName}',
    mail: `Hello \${signerName},

\${senderName} has sent you “\${title}”. Open it here to see what you are asked to do:

\${taskUrl}

Please do it by \${deadline}.`,
    sms: '${senderName} has sent you “${title}”. Open it by ${deadline}: ${taskUrl}',
  },
  reminder: {
    subject: 'Reminder: “${title}” from ${senderName}',
    mail: `Hello \${signerName},

“\${title}” from \${senderName} is still waiting for you. Open it here:

\${taskUrl}

Please do it by \${deadline}.`,
    sms: '“${title}” from ${senderName} is still waiting for you. Open it by ${deadline}: ${taskUrl}',
  },
  completed: {
    subject: 'Completed: “${title}”',
    mail: '“${title}” from ${senderName} has been completed. There is nothing more to do.',
    sms: '“${title}” from ${senderName} has been completed.',
  },
  rejected: {
    subject: 'Refused: “${title}”',
    mail: '“${title}” from ${senderName} has been refused and will not be signed.',
    sms: '“${title}” from ${senderName} has been refused and will not be signed.',
  },
  expired: {
    subject: 'Expired: “${title}”',
    mail: 'The deadline for “${title}” from ${senderName} has passed, and it can no longer be signed.',
    sms: 'The deadline for “${title}” from ${senderName} has passed, and it can no longer be signed.',
  },
  deleted: {
    subject: 'Withdrawn: “${title}”',
    mail: '${senderName} has withdrawn “${title}”. There is nothing more to do.',
    sms: '${senderName} has withdrawn “${title}”. There is nothing more to do.',
  },
  failed: {
    subject: 'Not completed: “${title}”',
    mail: '“${title}” from ${senderName} could not be completed because of an error.',
    sms: '“${title}” from ${senderName} could not be completed because of an error.',
  },
};

const da: Readonly<Record<Occasion, DefaultText>> = {
  invitation: {
    subject: '“${title}” fra ${senderName}',
    mail: `Hej \${signerName},

\${senderName} har sendt dig “\${title}”. Åbn det her, og se, hvad du skal gøre:

\${taskUrl}

Du skal gøre det senest \${deadline}.`,
    sms: '${senderName} har sendt dig “${title}”. Åbn det senest ${deadline}: ${taskUrl}',
  },
  reminder: {
    subject: 'Påmindelse: “${title}” fra ${senderName}',
    mail: `Hej \${signerName},

“\${title}” fra \${senderName} venter stadig på dig. Åbn det her:

\${taskUrl}

Du skal gøre det senest \${deadline}.`,
    sms: '“${title}” fra ${senderName} venter stadig på dig. Åbn det senest ${deadline}: ${taskUrl}',
  },
  completed: {
    subject: 'Gennemført: “${title}”',
    mail: '“${title}” fra ${senderName} er gennemført. Der er ikke mere at gøre.',
    sms: '“${title}” fra ${senderName} er gennemført.',
  },
  rejected: {
    subject: 'Afvist: “${title}”',
    mail: '“${title}” fra ${senderName} er afvist og bliver ikke underskrevet.',
    sms: '“${title}” fra ${senderName} er afvist og bliver ikke underskrevet.',
  },
  expired: {
    subject: 'Fristen er udløbet: “${title}”',
    mail: 'Fristen for “${title}” fra ${senderName} er udløbet, og der kan ikke længere underskrives.',
    sms: 'Fristen for “${title}” fra ${senderName} er udløbet, og der kan ikke længere underskrives.',
  },
  deleted: {
    subject: 'Trukket tilbage: “${title}”',
    mail: '${senderName} har trukket “${title}” tilbage. Der er ikke mere at gøre.',
    sms: '${senderName} har trukket “${title}” tilbage. Der er ikke mere at gøre.',
  },
  failed: {
    subject: 'Ikke gennemført: “${title}”',
    mail: '“${title}” fra ${senderName} kunne ikke gennemføres på grund af en fejl.',
    sms: '“${title}” fra ${senderName} kunne ikke gennemføres på grund af en fejl.',
  },
};

export const defaultTexts: Readonly<Record<Language, Readonly<Record<Occasion, DefaultText>>>> = { da, en };

/** Around the text of every mail. */
export const mailFrame: Readonly<
  Record<Language, Readonly<Record<'open' | 'contact' | 'privacy' | 'terms' | 'reference', string>>>
> = {
  da: {
    open: 'Åbn',
    contact: 'Spørgsmål',
    privacy: 'Privatlivspolitik',
    terms: 'Vilkår',
    reference: 'Reference',
  },
  en: {
    open: 'Open',
    contact: 'Questions',
    privacy: 'Privacy notice',
    terms: 'Terms',
    reference: 'Reference',
  },
};
