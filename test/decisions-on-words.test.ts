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
  /(\.(message|detail|todo)|(error|failure|problem|refusal|cause)\w*(\.problem)?\.text|params(\.\w+|\['\w+'\]))\)?(!|\?)?(\.toLowerCase\(\))?$|^\(?(message|detail|why)\)?$/i;
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
  'src/ades/validation/second-opinion.ts': 'xadesjs throws for values that do not fit',
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
