/** Codes of the simulator; their texts are in `texts/`. */
import { defineProblems } from '@segl/problem/errors';
import { sandboxProblems } from '../../problems.ts';
import { da } from './texts/da.ts';
import { en } from './texts/en.ts';

export const simulatorProblems = defineProblems({
  errors: {},
  details: {
    'pid/doctype': {},
    'pid/depth': {},
    'pid/no-envelope': {},
    'pid/no-number': { field: 'token' },
    'pid/operations': {},
    'pid/requests': { limit: 'number' },
    'sandbox/friendly-name': {},
    'sandbox/not-an-address': { address: 'name' },
    'sandbox/addresses': { limit: 'number' },
    'sandbox/clients': { clients: 'names' },
    'sandbox/client-server': { step: 'token', status: 'token' },
    'sandbox/client-stuck': { view: 'token' },
    'sandbox/key-file-password': {},
    'sandbox/operations': { operations: 'names' },
    'sandbox/no-client-certificate': {},
    'sandbox/password': {},
    'sandbox/lock': {},
    'sandbox/certificate-state': { states: 'names' },
    'sandbox/no-code': { code: 'name' },
    'sandbox/ending': {},
    'sandbox/users-full': { limit: 'number' },
    'sandbox/provider-name': {},
    'sandbox/passwords-differ': {},
    'sandbox/order-state': { state: 'token' },
    'sandbox/temporary-password': { left: 'number' },
    'sandbox/keys-left': {},
    'sandbox/card-and-number': {},
    'sandbox/cross-site': {},
  },
  texts: { en, da },
  uses: [sandboxProblems],
});
