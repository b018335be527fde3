/** docs/reference/methods.md, from the methods that a configuration without settings offers. */
import { INK } from '@segl/identity/chain';
import { IDENTITY_EVIDENCE } from '@segl/identity/evidence/identity/content';
import { identityEvidence } from '@segl/identity/evidence/identity/index';
import type { ProviderProfile } from '@segl/identity/method';
import { builtIn } from '@segl/identity/methods/index';
import { shippedNames } from '@segl/identity/methods/names';
import { settings } from '@segl/server/config/config';
import { readPackagingMethods } from '@segl/server/domain/order/packaging-methods';
import { code, page, table } from './markdown.ts';

export const methodsPage = (): string =>
  page(
    'Methods',
    '## Packaging methods',
    'What `packaging-task/@method` and `createPackage` may name, unless `PACKAGING_METHODS` says otherwise.' +
      ' [Formats and levels](../standards/evidence.md) tells what each of them holds.',
    table(
      ['Method', 'Makes', 'Signature page'],
      [...readPackagingMethods(settings.packagingMethods.fallback.split(','))].map(([name, method]) => [
        code(name),
        `${method.format}-B-${method.level}`,
        method.format === 'PAdES' ? code(method.template) : '',
      ]),
    ),
    '## Ways to sign and to log in',
    'What a task names in `signature`, `authentication-based-signature` and `authentication`, unless `METHODS_FILE` says' +
      ' otherwise: [ways to sign](../guide/witnessed-signatures.md), [identity methods](../guide/methods.md). A name is on' +
      ' offer where somebody answers for it; `segl method show NAME` tells what is missing. What an alias once stood for' +
      ' cannot be had any more, or not in that way: evidence tells which eID answered.',
    table(
      [
        'Name',
        'eID',
        'Country',
        'Log in',
        'Sign',
        'Bundle',
        'Chain',
        'Native signature',
        'Level',
        'Tells',
        'Answered by',
        'Options',
        'Tested',
      ],
      [...ofModules(), ...ofProviders()],
    ),
    '_Bundle_: one act signs all documents of a task, up to 32 at once, unless the task says `bundle="false"`: by the method' +
      ' itself, or by a statement that one log-on confirms, in `signature` with `responsive="true"` or of a method that only' +
      ' identifies. Each document has a package of its own either way. _Chain_: a name of METHODS_FILE may have it as a link, so that' +
      ' one signer uses several [in sequence](../guide/methods.md#chains). Any name' +
      ' that logs in may come before any that signs (`authentication`, `if-authentication`), and handwriting may be added to' +
      ' every one (`handwritten="true"`). Handwriting alone needs no name: an empty method with `handwritten="true"`.',
  );

const yes = (is: boolean): string => (is ? 'yes' : '');

/** Names of modules that have one provider, that of the settings. */
const ofModules = (): string[][] =>
  builtIn.flatMap(({ id, names, formats, tested = '' }) =>
    names.map(({ name, uses, title, assurance, attributes = [], off }) => [
      code(name),
      title,
      '',
      yes(uses.includes('authenticate')),
      yes(uses.includes('sign')),
      uses.includes('authenticate') ? 'statement' : '',
      '',
      uses.includes('sign') ? (formats[0]?.title ?? '') : '',
      assurance,
      attributes.join(', '),
      `module ${code(id)}${off ? ', where METHODS_FILE names it' : ''}`,
      '',
      tested,
    ]),
  );

/** What a name can ask of one kind of provider, as `options` in METHODS_FILE. */
const optionsAt = ({ title, eids }: ProviderProfile, eid: string): string[] =>
  (eids[eid]?.switches ?? []).map((option) => `${code(option)} (${title})`);

/** Names that come along for whoever answers for their eID. */
function ofProviders(): string[][] {
  const profiles = builtIn.flatMap(({ providers }) => Object.values(providers?.profiles ?? {}));
  const formats = new Map(
    [identityEvidence, ...builtIn].flatMap((module) => module.formats.map(({ id, title }) => [id, title])),
  );
  return shippedNames.map(
    ({ name, title, eid, alias, country = '', uses, assurance, attributes, module }) => {
      const able = profiles.filter(({ eids }) => Object.hasOwn(eids, eid));
      const natives = able.flatMap(({ eids }) => eids[eid]?.native ?? []);
      const answers = [
        ...able.map((one) => one.title),
        ...(module === undefined ? [] : [`module ${code(module)}`]),
      ];
      return [
        code(name) + (alias ? ' (alias)' : ''),
        title,
        country.toUpperCase(),
        yes(uses.includes('authenticate')),
        natives.length > 0 ? 'yes' : 'by a log-on',
        natives.includes(IDENTITY_EVIDENCE.format) ? 'yes' : 'statement',
        name === INK ? 'as the last link' : yes(natives.includes(IDENTITY_EVIDENCE.format)),
        [...new Set(natives.map((id) => formats.get(id) ?? id))].join(', '),
        assurance,
        attributes.join(', '),
        answers.join(', ') || 'nobody so far',
        able.flatMap((one) => optionsAt(one, eid)).join(', '),
        [...new Set(able.flatMap(({ eids }) => eids[eid]?.tested ?? []))].join('; '),
      ];
    },
  );
}
