/** Templates of signature pages that accounts have of their own. */
import type { Db } from '../database.ts';

export interface ServiceTemplate {
  readonly service: string;
  /** Name of a packaging method; empty: all that make PDFs. */
  readonly method: string;
  readonly template: string;
}

export async function setServiceTemplate(db: Db, row: ServiceTemplate, at: Date): Promise<void> {
  await db.query(
    `insert into service_templates (service, method, template, changed_at) values ($1, $2, $3, $4)
     on conflict (service, method) do update set template = excluded.template, changed_at = excluded.changed_at`,
    [row.service, row.method, row.template, at],
  );
}

/** False when there was none. */
export async function removeServiceTemplate(db: Db, service: string, method: string): Promise<boolean> {
  const rows = await db.query(
    'delete from service_templates where service = $1 and method = $2 returning template',
    [service, method],
  );
  return rows.length > 0;
}

/** In the order of accounts and methods. */
export async function listServiceTemplates(db: Db): Promise<ServiceTemplate[]> {
  return db.query<ServiceTemplate>(
    'select service, method, template from service_templates order by service, method',
  );
}

/** What the account has for the method, or else for all methods. */
export async function findServiceTemplate(
  db: Db,
  service: string,
  method: string,
): Promise<string | undefined> {
  const [row] = await db.query<{ template: string }>(
    `select template from service_templates where service = $1 and method in ($2, '')
     order by method desc limit 1`,
    [service, method],
  );
  return row?.template;
}
