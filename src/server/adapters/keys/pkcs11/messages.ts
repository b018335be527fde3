/** What the service and the process that holds a security module tell each other. */
import type { Problem } from '@segl/problem/problem';
import type { NewDigest } from '@segl/pki/algorithms/algorithm-constraints';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import type { Pkcs11Uri } from './uri.ts';

export type Algorithm = SigningKey['algorithm'];

export type Request =
  | {
      readonly n: number;
      readonly kind: 'open';
      readonly key: Omit<Pkcs11Uri, 'pinFile'>;
      readonly pin: string | undefined;
    }
  | {
      readonly n: number;
      readonly kind: 'sign';
      readonly algorithm: Algorithm;
      readonly hash: NewDigest;
      readonly digest: Uint8Array;
    };

export type Answer =
  | { readonly n: number; readonly signature?: Uint8Array }
  /** `final`: trying again could use up what tries of the PIN are left. */
  | { readonly n: number; readonly why: Problem; readonly final: boolean };
