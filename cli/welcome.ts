import type { Sandbox } from '@segl/sandbox/main';
import type { Config } from '@segl/server/config/config';
import { SANDBOX_ACCOUNT } from './sandbox/account.ts';

/** Over https: what clients need before they can talk to us. */
function howToTrust(publicUrl: string, { url, tlsAuthority }: Sandbox): string[] {
  if (tlsAuthority === undefined) return [];
  return [
    'Clients must trust the authority that the sandbox made for this machine:',
    `  curl        curl --cacert ${tlsAuthority} ${publicUrl}/health`,
    `  Node.js     NODE_EXTRA_CA_CERTS=${tlsAuthority}`,
    '  Java        keytool -importcert -noprompt -alias segl-sandbox -storetype PKCS12 -storepass changeit \\',
    `                -keystore segl-trust.p12 -file ${tlsAuthority}`,
    '              java -Djavax.net.ssl.trustStore=segl-trust.p12 -Djavax.net.ssl.trustStorePassword=changeit',
    `  .NET        SSL_CERT_FILE=${tlsAuthority} (Windows: certutil -user -addstore Root FILE)`,
    `  others      ${url}/tls/`,
    '',
  ];
}

/** What the service says when it is up, with what to try first. */
export function welcome({ publicUrl }: Config, sandbox: Sandbox | undefined): string {
  const lines = [
    '',
    `Segl is up.`,
    `  Service     ${publicUrl}/`,
    `  WSDL        ${publicUrl}/ws/documentservice-v3?wsdl`,
    `  Documents   ${publicUrl}/doc/{service}/sds`,
  ];
  if (sandbox) {
    const { service, password } = SANDBOX_ACCOUNT;
    const [person] = sandbox.persons;
    const authority = sandbox.tlsAuthority === undefined ? '' : ` --cacert ${sandbox.tlsAuthority}`;
    lines.push(
      `  Sandbox     ${sandbox.tlsUrl ?? sandbox.url}/`,
      '',
      ...howToTrust(publicUrl, sandbox),
      `Try first (account ${service} / ${password}):`,
      `  curl${authority} -u ${service}:${password} -H 'content-type: text/plain' -d 'I agree.' ${publicUrl}/doc/${service}/sds`,
      `  then order a signature on it over SOAP (README.md has the call), open the task URL in a browser, and sign as`,
      `  test person ${person?.userId ?? ''}; ${sandbox.tlsUrl ?? sandbox.url}/testtools/ shows passwords and key cards.`,
      `  Without a browser: npx segl sandbox sign TASK-URL --user ${person?.userId ?? ''}`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}
