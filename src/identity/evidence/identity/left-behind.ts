/** What a method leaves behind whose evidence is identity evidence: nothing of its own, as that is known by itself. */
import type { MethodModule } from '../../method.ts';

export const leavesIdentityEvidence: Pick<MethodModule, 'formats' | 'policies' | 'validation'> = {
  formats: [],
  policies: [],
  validation: {
    trust: async () => undefined,
    anchors: () => [],
    readers: () => [],
    readNative: () => {
      throw new TypeError('what it leaves behind is judged as identity evidence');
    },
  },
};
