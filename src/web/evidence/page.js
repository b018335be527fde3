/* The page: two languages, one file to look at. */
const TEXTS = {
  da: {
    title: 'Kontrollér en bevisfil',
    lead: 'Siden kontrollerer filen her i browseren. Intet sendes nogen steder hen; den virker uden netværk.',
    choose: 'Vælg bevisfilen (.asice)',
    drop: 'Eller slip den hvor som helst på siden.',
    working: 'Kontrollerer …',
    good: 'Alt det kontrollerede holder.',
    goodNote:
      'Sammenlign ankrenes fingeraftryk nedenfor med dem, du kender fra et andet sted: filen kan ikke selv bevise dem.',
    bad: 'Filen holder ikke.',
    badNote: 'Stol ikke på den. Hent den igen hos den, der lavede den.',
    unreadable: 'Filen kan ikke læses',
    headings: {
      findings: 'Fund',
      what: 'Hvad',
      file: 'Fil',
      result: 'Resultat',
      details: 'Hvem og hvornår, eller hvorfor ikke',
      anchors: 'Tillidsankre i filen',
      not: 'Det kontrolleres ikke her',
    },
    anchor: { kind: 'Til', name: 'Navn', until: 'Gyldigt til', fingerprint: 'SHA-256' },
    kinds: { seal: 'Segl', stamp: 'Tidsstempler', signer: 'Underskrivere' },
    checks: {
      container: 'Segl om hele filen',
      package: 'Pakke (LTV-SDO)',
      document: 'Dokument',
      native: 'Underskrift',
      pdf: 'PDF',
      xades: 'XAdES',
      preservation: 'Bevaring',
    },
    outcome: { ok: 'Holder', bad: 'Holder ikke' },
    by: (name, at) => `af ${name}, ${at}`,
    about: ({ title, document, signer }) => `“${title}”, underskrevet af ${signer}: ${document}`,
    witnessed: ' – bevidnet af tjenesten',
    not: [
      'om certifikater var spærret: OCSP-svar og spærrelister ligger i validation/, men bedømmes ikke',
      'om ankrene er til at stole på: sammenlign deres fingeraftryk',
      'arkivtidsstempler i XML, og om algoritmer er stærke nok i dag',
      'hvad der står i dokumenterne, og om ændringer mellem en PDFs versioner ses',
      'om denne side selv er ægte: hent den eventuelt fra en anden bevisfil eller fra programmets kilde',
    ],
    other: 'English',
  },
  en: {
    title: 'Verify an evidence file',
    lead: 'This page verifies the file here in the browser. Nothing is sent anywhere; it works without a network.',
    choose: 'Choose the evidence file (.asice)',
    drop: 'Or drop it anywhere on the page.',
    working: 'Verifying …',
    good: 'Everything that was checked holds.',
    goodNote:
      'Compare the fingerprints of the anchors below with those you know from elsewhere: the file cannot prove them itself.',
    bad: 'The file does not hold.',
    badNote: 'Do not rely on it. Get it again from whoever made it.',
    unreadable: 'The file cannot be read',
    headings: {
      findings: 'Findings',
      what: 'What',
      file: 'File',
      result: 'Result',
      details: 'By whom and when, or why not',
      anchors: 'Trust anchors in the file',
      not: 'What is not checked here',
    },
    anchor: { kind: 'For', name: 'Name', until: 'Valid until', fingerprint: 'SHA-256' },
    kinds: { seal: 'Seal', stamp: 'Time-stamps', signer: 'Signers' },
    checks: {
      container: 'Seal over the whole file',
      package: 'Package (LTV-SDO)',
      document: 'Document',
      native: 'Signature',
      pdf: 'PDF',
      xades: 'XAdES',
      preservation: 'Preservation',
    },
    outcome: { ok: 'Holds', bad: 'Does not hold' },
    by: (name, at) => `by ${name}, ${at}`,
    about: ({ title, document, signer }) => `“${title}”, signed by ${signer}: ${document}`,
    witnessed: ' – witnessed by the service',
    not: [
      'whether certificates were revoked: OCSP answers and lists are in validation/, but are not judged',
      'whether the anchors can be trusted: compare their fingerprints',
      'archive time-stamps in XML, and whether algorithms are strong enough today',
      'what the documents say, and whether changes between the versions of a PDF can be seen',
      'whether this page itself is genuine: take it from another evidence file or the source of the program if in doubt',
    ],
    other: 'Dansk',
  },
};

let language = navigator.language.startsWith('da') ? 'da' : 'en';
let shown;

const make = (name, text, ...children) => {
  const node = document.createElement(name);
  if (text) node.textContent = text;
  node.append(...children);
  return node;
};
const at = (selector) => document.querySelector(selector);
const day = (date) => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function table(headings, rows) {
  const head = headings.map((text) => {
    const cell = make('th', text);
    cell.scope = 'col';
    return cell;
  });
  const body = rows.map((cells) =>
    make('tr', '', ...cells.map((cell) => (cell instanceof Node ? cell : make('td', cell)))),
  );
  const scroll = make(
    'div',
    '',
    make('table', '', make('thead', '', make('tr', '', ...head)), make('tbody', '', ...body)),
  );
  scroll.className = 'scroll';
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', headings[0]);
  return scroll;
}

function detailOf({ detail = {} }, t) {
  if (detail.raw) return detail.raw;
  if (detail.document) return t.about(detail);
  return detail.by ? t.by(detail.by, day(detail.at)) + (detail.witnessed ? t.witnessed : '') : '';
}

function render() {
  const t = TEXTS[language];
  document.documentElement.lang = language;
  document.title = t.title;
  at('h1').textContent = t.title;
  at('#lead').textContent = t.lead;
  at('#choose').textContent = t.choose;
  at('#drop').textContent = t.drop;
  at('#language').textContent = t.other;
  at('#language').lang = language === 'da' ? 'en' : 'da';
  at('#not-heading').textContent = t.headings.not;
  at('#not').replaceChildren(...t.not.map((text) => make('li', text)));
  const result = at('#result');
  const verdict = at('#verdict');
  result.replaceChildren();
  verdict.className = '';
  verdict.replaceChildren();
  if (!shown) return;
  if (shown.working) return verdict.append(make('p', t.working));
  const { report, name, failure } = shown;
  const isGood = report?.isGood === true;
  verdict.className = isGood ? 'good' : 'bad';
  verdict.append(
    make('strong', failure ? `${t.unreadable}: ${failure}` : isGood ? t.good : t.bad),
    make('p', `${name}. ${isGood ? t.goodNote : t.badNote}`),
  );
  if (!report) return;
  const { headings } = t;
  const rows = report.findings.map((finding) => {
    const outcome = make('td', `${finding.outcome === 'ok' ? '✓' : '✗'} ${t.outcome[finding.outcome]}`);
    outcome.className = finding.outcome;
    return [t.checks[finding.check], finding.file, outcome, detailOf(finding, t)];
  });
  const anchors = report.anchors.map((one) => [
    t.kinds[one.kind],
    one.name,
    day(one.until),
    make('td', '', make('code', one.fingerprint)),
  ]);
  result.append(
    make('h2', headings.findings),
    table([headings.what, headings.file, headings.result, headings.details], rows),
    make('h2', headings.anchors),
    table([t.anchor.kind, t.anchor.name, t.anchor.until, t.anchor.fingerprint], anchors),
  );
}

async function take(file) {
  if (!file) return;
  shown = { working: true };
  render();
  try {
    const report = await verifyEvidence(new Uint8Array(await file.arrayBuffer()));
    shown = { name: file.name, report };
  } catch (error) {
    shown = { name: file.name, failure: error.message };
  }
  render();
}

at('#file').addEventListener('change', ({ target }) => take(target.files[0]));
at('#language').addEventListener('click', () => {
  language = language === 'da' ? 'en' : 'da';
  render();
});
addEventListener('dragover', (event) => event.preventDefault());
addEventListener('drop', (event) => {
  event.preventDefault();
  take(event.dataTransfer.files[0]);
});
render();
