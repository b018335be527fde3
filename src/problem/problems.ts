/** Codes that every package may need; their texts are in `texts/`. */
import { defineProblems } from './errors.ts';
import { isProblem, type Problem } from './problem.ts';
import { da } from './texts/da.ts';
import { en } from './texts/en.ts';

export const generalProblems = defineProblems({
  errors: {
    INTERNAL: { fault: 'Server', params: { reference: 'token' } },
    UNAVAILABLE: { fault: 'Server', params: { what: 'problem' } },
    NOT_FOUND: { fault: 'Client' },
    PAYLOAD_TOO_LARGE: { fault: 'Client', params: { limit: 'token', setting: 'token' } },
    BAD_REQUEST: { fault: 'Client', params: { why: 'problem' } },
    CONFIG_INVALID: { fault: 'Server', params: { problems: 'indented' } },
  },
  details: {
    'part/database': {},
    'part/job-queue': {},
    'part/password-check': {},
    'setting/wrong': { setting: 'token', must: 'problem', value: 'name' },
    'setting/wrong-secret': { setting: 'token', must: 'problem' },
    'setting/port': {},
    'setting/integer': {},
    'setting/switch': {},
    'setting/urls': {},
    'setting/smtp-url': {},
    'setting/url': {},
    'setting/one-of': { allowed: 'names' },
    'setting/text': {},
    'setting/unknown': { setting: 'token', known: 'names' },
    'setting/alternatives': { allowed: 'alternatives' },
    'setting/missing': { setting: 'token', about: 'name' },
    'foreign/said': { said: 'name' },
  },
  texts: { en, da },
  uses: [],
});

/** What was thrown, as plain data: ours as it is, of anything else what it says. */
export const problemIn = (thrown: unknown): Problem =>
  isProblem(thrown)
    ? { code: thrown.code, params: thrown.params }
    : generalProblems.of('foreign/said', { said: thrown instanceof Error ? thrown.message : String(thrown) });
