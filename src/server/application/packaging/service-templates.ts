/** Which template the signature pages of an account get, and that each template in use can be used. */
import { serverProblems } from '../../problems.ts';
import { loadTemplate } from '../../documents/page/template/template.ts';
import type { Config } from '../../config/config.ts';
import type { Logger } from '../../adapters/telemetry/log.ts';
import { packagingMethodsOf, type PackagingMethod } from '../../domain/order/packaging-methods.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import {
  findServiceTemplate,
  listServiceTemplates,
} from '../../adapters/postgres/accounts/service-templates.ts';

/** The method with the account's own template, where it has one. */
export async function methodOfService(
  db: Db,
  service: string,
  name: string,
  method: PackagingMethod,
): Promise<PackagingMethod> {
  if (method.format !== 'PAdES') return method;
  const template = await findServiceTemplate(db, service, name);
  return template === undefined ? method : { ...method, template };
}

/** Reads every template that a method names. Throws CONFIG_INVALID, PADES_TEMPLATE_INVALID. */
export async function checkTemplates(
  config: Pick<Config, 'packagingMethods' | 'templatesDir'>,
): Promise<void> {
  for (const method of packagingMethodsOf(config).values()) {
    if (method.format === 'PAdES') await loadTemplate(method.template, config.templatesDir);
  }
}

/**
 * Reads the templates that accounts chose. One that cannot be used stops nobody else: it is told in the log, and the PDFs of
 * that account wait until it is put right.
 */
export async function checkServiceTemplates(
  db: Db,
  { templatesDir }: Pick<Config, 'templatesDir'>,
  log: Logger,
): Promise<void> {
  for (const { service, template } of await listServiceTemplates(db)) {
    await loadTemplate(template, templatesDir).catch((err: unknown) => {
      log.error({ service, template, err }, 'the template of an account cannot be used');
    });
  }
}

/** Throws BAD_REQUEST unless PDFs can be ordered by a packaging method of that name. */
export function requirePdfMethod(config: Pick<Config, 'packagingMethods'>, name: string): void {
  const methods = packagingMethodsOf(config);
  if (methods.get(name)?.format === 'PAdES') return;
  const pdf = [...methods].flatMap(([method, { format }]) => (format === 'PAdES' ? [method] : []));
  throw serverProblems.error('BAD_REQUEST', {
    why: serverProblems.of('packaging/no-pdfs', { method: name, pdf }),
  });
}
