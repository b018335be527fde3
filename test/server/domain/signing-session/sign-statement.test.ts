/** The statement that a signer confirms, to the byte: it is what gets signed. */
import t from 'tap';
import { statementLanguage, writeSignStatement } from '@segl/server/domain/signing-session/sign-statement';

const sha256 = 'ab'.repeat(32);

t.test('in Danish and in English', (t) => {
  t.equal(
    writeSignStatement([{ title: 'Lejekontrakt', sha256 }], 'da'),
    `Jeg har læst dokumentet, som er nævnt her, og jeg underskriver det.\n\nDokument: Lejekontrakt\nSHA-256: ${sha256}`,
  );
  t.equal(
    writeSignStatement([{ title: 'Lease', sha256 }], 'en'),
    `I have read the document that is named here, and I sign it.\n\nDocument: Lease\nSHA-256: ${sha256}`,
  );
  t.end();
});

t.test('a title stays one line; the extra line of the order comes last', (t) => {
  const tail = (title: string, entry?: string): string[] =>
    writeSignStatement([{ title, sha256, entry }], 'en').split('\n').slice(2);
  const digest = `SHA-256: ${sha256}`;
  t.strictSame(tail(' A\r\n\tB\u0000\u0007C  D\u0085 '), ['Document: A B C D', digest]);
  t.strictSame(tail('A', ' one\r\ntwo\rthree\n'), ['Document: A', digest, '', 'one', 'two', 'three']);
  t.strictSame(tail('A', ' \r\n '), ['Document: A', digest], 'nothing but space is nothing');
  t.end();
});

t.test('one statement about several documents names each, numbered, with its extra line', (t) => {
  const documents = [
    { title: 'Lease', sha256 },
    { title: 'House rules', sha256: 'cd'.repeat(32), entry: 'With a dog.' },
  ];
  t.equal(
    writeSignStatement(documents, 'en'),
    'I have read the documents that are named here, and I sign them.\n\n' +
      `Document 1: Lease\nSHA-256: ${sha256}\n\n` +
      `Document 2: House rules\nSHA-256: ${'cd'.repeat(32)}\n\nWith a dog.`,
  );
  t.match(
    writeSignStatement(documents, 'da'),
    /^Jeg har læst dokumenterne, som er nævnt her, og jeg underskriver dem\.\n\nDokument 1: Lease\n/,
  );
  t.end();
});

t.test('English for who asked for it, Danish for all others', (t) => {
  for (const language of ['en', 'EN', 'en-GB']) t.equal(statementLanguage(language), 'en', language);
  for (const language of ['da', '', 'enm', 'sv', 'den', 'zh-en'])
    t.equal(statementLanguage(language), 'da', language);
  t.end();
});
