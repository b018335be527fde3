/** Bluebird's own server: confirms whatever it is asked to, for one person, and sends the browser back. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { keyUsage, basicConstraints } from '@segl/sandbox/pki/extensions';
import { issue } from '../../../support/signatures/test-pki.ts';
import { writeToken, type Claims } from './token.ts';

export interface BluebirdProvider {
  readonly url: string;
  /** DER. */
  readonly certificate: Uint8Array;
  /** What the next token says otherwise than it should. */
  lie: Partial<Claims> | undefined;
  close(): void;
}

export async function startBluebird(): Promise<BluebirdProvider> {
  const { certificate, privateKey } = issue(
    [{ CN: 'Bluebird' }],
    [basicConstraints({ ca: true }), keyUsage('digitalSignature')],
  );
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost');
    const value = (name: string): string => searchParams.get(name) ?? '';
    const claims: Claims = {
      ...{ sub: 'bird-1', name: 'Robin Redbreast', nonce: value('nonce'), about: value('about') },
      iat: 1,
      ...provider.lie,
    };
    const back = new URL(value('return'));
    back.searchParams.set('state', value('state'));
    back.searchParams.set('token', writeToken(claims, privateKey, certificate.der));
    response.writeHead(302, { location: back.href }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const provider: BluebirdProvider = {
    url: `http://127.0.0.1:${port}`,
    certificate: certificate.der,
    lie: undefined,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return provider;
}
