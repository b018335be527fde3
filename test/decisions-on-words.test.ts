/** Decisions hang on codes: nothing in the sources looks into the words of an error or of what was found. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import ts from 'typescript';
import { cliProblems } from '@segl/cli/problems';
import { sandboxProblems } from '@segl/sandbox/problems';
import { projectFile } from '@segl/server/paths';
import { serverProblems } from '@segl/server/problems';

interface Found {
  readonly where: string;
  readonly text: string;
}

const parsed = (name: string, text: string): ts.SourceFile =>
  ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);

const sources = ['src', 'workers', 'cli', 'sandbox'].flatMap((folder) =>
  readdirSync(projectFile(folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => parsed(`${folder}/${name}`, readFileSync(projectFile(folder, name), 'utf8'))),
);

/** The nodes of all sources, or of `extra`, for which `look` is true. */
function scan(look: (node: ts.Node) => boolean, extra?: string): Found[] {
  const found: Found[] = [];
  const visit = (node: ts.Node, file: ts.SourceFile): void => {
    if (look(node)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push({ where: `${file.fileName}:${line + 1}`, text: node.getText() });
    }
    ts.forEachChild(node, (child) => visit(child, file));
  };
  for (const file of extra === undefined ? sources : [parsed('extra.ts', extra)]) visit(file, file);
  return found;
}

/** Words of an error, of a problem, or of a finding. */
const WORDS =
  /(\.(message|detail|advice|todo)|(error|failure|problem|refusal|cause)\w*(\.problem)?\.text|params(\.\w+|\['\w+'\]))\)?(!|\?)?(\.toLowerCase\(\))?$|^\(?(message|detail|why)\)?$/i;
const LOOKS = new Set(['includes', 'startsWith', 'endsWith', 'match', 'search', 'indexOf', 'localeCompare']);

const isOnWords = (node: ts.Node): boolean => {
  if (ts.isBinaryExpression(node)) {
    const { operatorToken, left, right } = node;
    const compares = [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken];
    if (!compares.includes(operatorToken.kind)) return false;
    return [
      [left, right],
      [right, left],
    ].some(
      ([one, other]) => ts.isStringLiteral(other!) && / /.test(other.text) && WORDS.test(one!.getText()),
    );
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { expression, name } = node.expression;
  const [argument] = node.arguments;
  if (['test', 'exec'].includes(name.text)) {
    return argument !== undefined && WORDS.test(unwrapped(argument));
  }
  return LOOKS.has(name.text) && WORDS.test(unwrapped(expression));
};

/** Without `String(…)` around it. */
const unwrapped = (node: ts.Node): string =>
  /^String\(([\s\S]*)\)$/.exec(node.getText())?.[1] ?? node.getText();

/** Words of others: where a library gives no code. */
const OF_OTHERS: Readonly<Record<string, string>> = {
  'cli/program.ts': 'commander gives what it complains of in words, with a prefix of its own',
  'src/ades/validation/second-opinion.ts': 'xadesjs throws for values that do not fit',
  'src/server/adapters/postgres/embedded/postgres-process.ts':
    'PostgreSQL tells how grave a line of its log is in words alone',
  'src/server/adapters/keys/pkcs12.ts': 'node-forge tells a wrong password in words alone',
  'src/server/documents/page/template/json-place.ts': 'JSON.parse tells the place in words alone',
};

t.test('no decision on the words of an error', async (t) => {
  const found = scan(isOnWords).filter(({ where }) => !(where.replace(/:\d+$/, '') in OF_OTHERS));
  t.same(found, []);
  for (const decision of [
    'if (/expired/.test(error.message)) stop();',
    "if (/expired/.test(String(error.params['why']))) stop();",
    "if (check.detail.includes('digest')) stop();",
    "if (error.text.startsWith('The')) stop();",
    "if (error.message === 'it is gone') stop();",
    "if (why.endsWith('here')) stop();",
  ]) {
    t.equal(scan(isOnWords, decision).length, 1, decision);
  }
  t.same(scan(isOnWords, "if (error.code.startsWith('pdf-change/')) go();"), []);
});

/** Patterns with words in them, and prefixes as of a sentence (`/^The request cannot be read: /`, `/^Error: /`). */
const isPattern = (node: ts.Node): boolean => {
  if (ts.isRegularExpressionLiteral(node)) {
    return /[A-Za-z][a-z]+ [a-z]{2,}|^\/\^[A-Za-z ]+: /.test(node.text) && !/[\\[(]/.test(node.text);
  }
  return ts.isStringLiteral(node) && /[A-Za-z][a-z]+ [a-z]{2,}|^[A-Za-z ]+: $/.test(node.text);
};

/** Cuts or seeks by words, whatever is looked into. */
const isCutByWords = (node: ts.Node): boolean => {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { expression, name } = node.expression;
  const [argument] = node.arguments;
  if (['test', 'exec'].includes(name.text)) return isPattern(expression);
  const cuts = [...LOOKS, 'replace', 'replaceAll', 'split'].includes(name.text);
  return cuts && argument !== undefined && isPattern(argument);
};

t.test('no text is cut or sought by its words', async (t) => {
  t.same(
    scan(isCutByWords).filter(({ where }) => !(where.replace(/:\d+$/, '') in OF_OTHERS)),
    [],
  );
  for (const cut of [
    "const why = answer.text.replace(/^The request cannot be read: /, '');",
    "const [, why] = sentence.split('Error: ');",
    "if (said.startsWith('The request')) stop();",
    'if (/cannot be read/.test(sentence)) stop();',
  ]) {
    t.equal(scan(isCutByWords, cut).length, 1, cut);
  }
  t.same(scan(isCutByWords, "const host = name.replace(/^\\[(.*)\\]$/, '$1');"), []);
});

const isSet = (node: ts.Expression): boolean => /Problems$/.test(node.getText());

/** A text with words in it, given to a problem. */
const isSentence = (node: ts.Node): boolean => {
  if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return false;
  if (!/[a-z]{2,} [a-z]|[a-z] [a-z]{2,}/i.test(node.getText())) return false;
  const property = node.parent;
  if (!ts.isPropertyAssignment(property)) return false;
  const call = property.parent.parent;
  return (
    ts.isCallExpression(call) &&
    ts.isPropertyAccessExpression(call.expression) &&
    ['of', 'error'].includes(call.expression.name.text) &&
    isSet(call.expression.expression)
  );
};

t.test('no problem is told with a sentence', async (t) => {
  t.same(scan(isSentence), []);
  t.equal(scan(isSentence, "pkiProblems.error('PEM_INVALID', { why: 'it is damaged' })").length, 1);
  t.equal(scan(isSentence, "pkiProblems.of('path/expired', { at: `it is ${day}` })").length, 1);
  t.same(scan(isSentence, "pkiProblems.of('key/curve', { curve: 'prime256v1' })"), []);
});

/** What says why, or what was found, under these names travels: it is a problem, not a sentence. */
const REASONS = /^(why|reason|problem|found|todo|trouble|detail|refusal|meaning|because|lastError)$/;
/** Functions that make what is told, by their names. */
const MAKERS =
  /^(refuse[ds]?|fail(ed|ure)?|note|ok|need|invalid|misused|unfit|unusable|unreadable|notAgreed|stuck|giveUp|unset)$/;
/** Errors whose words are for whoever mends the program, and what takes words of its own. */
const OWN_WORDS = new Set(['Error', 'TypeError', 'RangeError', 'InvalidArgumentError', 'Option', 'Command']);
/** Where words go out. */
const TELLERS = /^(write|send|complain|escapeText|end)$/;

/** Answers whose protocol has words beside its codes. */
const WORDS_OF_PROTOCOLS: Readonly<Record<string, string>> = {
  'sandbox/pki/tsa.ts': 'RFC 3161, PKIFreeText of a refusal',
  'sandbox/methods/nemid/pid-cpr/routes.ts': 'SOAP, faultstring',
};

const hasWords = (node: ts.Node): boolean =>
  (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) &&
  !/^.</.test(node.getText()) &&
  /[a-z]{2,} [a-z]|[a-z] [a-z]{2,}|[a-z]{2,} \$\{|\} [a-z]{2,}/i.test(node.getText());

const ERRORS = /(^|\W)(error|failure|thrown|refusal|caught|cause)( as Error\))?\.(message|text|advice)$/i;

/** The values that an expression may have. */
function values(node: ts.Expression): readonly ts.Expression[] {
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return values(node.expression);
  if (ts.isConditionalExpression(node)) return [...values(node.whenTrue), ...values(node.whenFalse)];
  if (ts.isBinaryExpression(node) && !ts.isStringLiteralLike(node))
    return [...values(node.left), ...values(node.right)];
  return [node];
}

const isInWords = (node: ts.Expression): boolean =>
  values(node).some((value) => hasWords(value) || ERRORS.test(value.getText()));

/** A sentence where a problem belongs. */
const isTold = (node: ts.Node): boolean => {
  if (ts.isPropertyAssignment(node)) return REASONS.test(node.name.getText()) && isInWords(node.initializer);
  if (ts.isVariableDeclaration(node))
    return REASONS.test(node.name.getText()) && node.initializer !== undefined && isInWords(node.initializer);
  if (ts.isNewExpression(node))
    return !OWN_WORDS.has(node.expression.getText()) && (node.arguments ?? []).some(isInWords);
  if (!ts.isCallExpression(node)) return false;
  const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
  if (MAKERS.test(name.getText())) return node.arguments.some(isInWords);
  return (
    !TELLERS.test(name.getText()) &&
    node.arguments.some((argument) => values(argument).some((value) => ERRORS.test(value.getText())))
  );
};

t.test('what went wrong is not told in sentences', async (t) => {
  t.same(
    scan(isTold).filter(({ where }) => !(where.replace(/:\d+$/, '') in WORDS_OF_PROTOCOLS)),
    [],
  );
  for (const told of [
    "return { kind: 'retry', why: `The receiver answered ${status}.` };",
    "throw new GiveUp('It is gone for good.');",
    'await retryAttempt(db, lease, error.message, dueAt);',
    'const outcome = { why: error.text, waitMs: 0 };',
    "return failed('disk', `${folder} cannot be written`);",
    'return [failed(check, error.text, error.advice)];',
    "need('cvr', isCvr, 'Eight digits');",
    "const why = isGood ? undefined : 'it is not good';",
  ]) {
    t.equal(scan(isTold, told).length, 1, told);
  }
  t.same(scan(isTold, "throw new TypeError('there is no key');"), []);
});

const CODES: ReadonlySet<string> = new Set(
  [serverProblems, cliProblems, sandboxProblems].flatMap(({ catalogue }) => catalogue.codes),
);

const asksForUnknownCode = (node: ts.Node): boolean =>
  ts.isCallExpression(node) &&
  node.expression.getText() === 'isSeglError' &&
  node.arguments.slice(1).some((code) => ts.isStringLiteral(code) && !CODES.has(code.text));

t.test('every code that is asked for exists', async (t) => {
  t.same(scan(asksForUnknownCode), []);
  t.equal(scan(asksForUnknownCode, "isSeglError(error, 'CRL_INVALID', 'CRL_GONE')").length, 1);
});
