/** Files of the pages: our own style and icon, the scripts of `src/web`, and pdf.js as its package ships it. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Profiles } from './profiles.ts';
import { projectFile, webFile } from '../../paths.ts';

/** The parts of pdf.js that a reading page loads. The legacy build runs on phones that are some years old. */
const pdfjsPaths = [
  '/legacy/build/pdf.min.mjs',
  '/legacy/build/pdf.worker.min.mjs',
  '/cmaps/',
  '/standard_fonts/',
  '/wasm/',
  '/iccs/',
];

/** A worker lives under the policy of its own response: it may compile WebAssembly and load from here, nothing else. */
const workerPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; font-src 'self'";

function setHeaders(reply: FastifyReply): void {
  void reply.headers({
    'content-security-policy': workerPolicy,
    // kept, but asked for each time: an upgrade never mixes old and new files
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
}

/** Serves `assets/`, `assets/pdfjs/` and `profiles/` below the prefix of `scope`. */
export async function serveAssets(scope: FastifyInstance, profiles: Profiles): Promise<void> {
  const common = { cacheControl: false, index: false, decorateReply: false, setHeaders } as const;
  await scope.register(fastifyStatic, {
    ...common,
    root: [projectFile('templates', 'portal', 'assets'), webFile('portal')],
    prefix: '/assets/',
  });
  await scope.register(fastifyStatic, {
    ...common,
    root: dirname(fileURLToPath(import.meta.resolve('pdfjs-dist/package.json'))),
    prefix: '/assets/pdfjs/',
    allowedPath: (path) => pdfjsPaths.some((allowed) => path.startsWith(allowed)),
  });
  await scope.register(fastifyStatic, {
    ...common,
    root: profiles.folder,
    prefix: '/profiles/',
    allowedPath: (path) => profiles.has(path),
  });
}
