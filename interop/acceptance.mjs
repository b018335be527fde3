/** Do the stacks' own tools read the served WSDLs without a word of complaint? */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apt, works } from './install.mjs';
import { soapServices } from './operations.mjs';

/** Well-formed, and its schema compiles. */
async function xmllint(wsdlUrl, _api, service) {
  const folder = await mkdtemp(join(tmpdir(), 'segl-wsdl-'));
  try {
    const { status, bytes } = await service.get(wsdlUrl);
    if (status !== 200) return [`it is not served: ${status}`];
    const text = bytes.toString();
    const file = (name) => join(folder, name);
    await writeFile(file('service.wsdl'), text);
    // the inline schema uses prefixes of the element around it
    const prefixes = [...text.matchAll(/\sxmlns:\w+="[^"]*"/g)].map(([declaration]) => declaration);
    const schema = /<xs:schema[\s\S]*<\/xs:schema>/.exec(text)?.[0] ?? '';
    await writeFile(
      file('schema.xsd'),
      schema.replace('<xs:schema', `<xs:schema${[...new Set(prefixes)].join('')}`),
    );
    await writeFile(file('empty.xml'), '<empty/>');
    const lint = (...args) =>
      spawnSync('xmllint', ['--noout', '--nonet', ...args], { encoding: 'utf8' }).stderr;
    const complaints = lint(file('service.wsdl')).split('\n');
    const schemaComplaints = lint('--schema', file('schema.xsd'), file('empty.xml')).split('\n');
    complaints.push(
      ...schemaComplaints.filter((line) => /parser error|warning|failed to compile/.test(line)),
    );
    return complaints.filter(Boolean);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One entry for each tool: {tool, complaints}, which names the WSDL. */
export async function acceptWsdls(stacks, service, say) {
  if (!works('xmllint', ['--version'])) await apt('libxml2-utils');
  const tools = [
    { tool: 'xmllint', accept: xmllint },
    ...stacks
      .filter(({ accept }) => accept)
      .map(({ name, version, accept }) => ({ tool: `${name} ${version}`, accept })),
  ];
  const results = [];
  for (const { tool, accept } of tools) {
    const complaints = [];
    for (const api of Object.keys(soapServices)) {
      const said = await accept(`${service.url}/ws/${api}?wsdl`, api, service).catch((error) => [
        error.message,
      ]);
      complaints.push(...said.map((line) => `${api}: ${line}`));
    }
    say(`${complaints.length === 0 ? 'ok    ' : 'NOT OK'} ${tool} reads the WSDLs`);
    results.push({ tool, complaints });
  }
  return results;
}
