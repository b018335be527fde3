/** `npm run bench`: each benchmark prints what it measured, on what, beside the limit of the same run. */
import { documentsBenchmark } from './documents.ts';
import { nativeBenchmark } from './native.ts';
import { packagesBenchmark } from './packages.ts';
import { revocationListsBenchmark } from './revocation-lists.ts';

await packagesBenchmark();
await documentsBenchmark();
await nativeBenchmark();
revocationListsBenchmark();
