/** What the page of a form shows. */
import type { FieldProblem } from '../../domain/order/form-fields.ts';
import type { FormView } from '../../application/signing-api.ts';
import type { Translate } from './texts.ts';

/** A form as it was sent, with what is wrong in it. */
export interface TypedForm extends FormView {
  readonly problems: readonly FieldProblem[];
}

/** What the template shows of each field. */
export function formData(form: FormView | TypedForm, t: Translate): Record<string, unknown> {
  const problems = new Map('problems' in form ? form.problems.map((problem) => [problem.name, problem]) : []);
  const pages = new Set(form.fields.map(({ page }) => page));
  let page: number | undefined;
  const fields = form.fields.map((field, index) => {
    const values = form.values.get(field.name) ?? [];
    const problem = problems.get(field.name);
    const startsPage = pages.size > 1 && field.page !== page;
    page = field.page;
    const labels = values.map((value) => field.options.find((one) => one.value === value)?.label ?? value);
    return {
      ...field,
      id: `f${index}`,
      ...(startsPage && { startsPage: field.page }),
      value: values[0] ?? '',
      shown: field.kind === 'check' ? t(values.length > 0 ? 'form.yes' : 'form.no') : labels.join(', '),
      options: field.options.map((option) => ({ ...option, chosen: values.includes(option.value) })),
      problem: problem && t(`form.problem.${problem.kind}`, { detail: problem.detail ?? '' }),
    };
  });
  return { fields, wrong: fields.filter((field) => field.problem !== undefined) };
}
