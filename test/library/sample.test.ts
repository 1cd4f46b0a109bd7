import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createNode } from '../../src/index';
import { withHub } from '../support/withHub';

const root = path.resolve(__dirname, '../..');
const run = promisify(execFile);

/** The sample of the ats-p2p document, word for word. */
const SENDER = `const { createNode } = require('ats-p2p')
// Create a node
const node = await createNode({
atsUrl: 'https://ats.difflab.ai', // optional, default
actorId: 'my-agent',
allowedPeers: ['other-agent'], // optional peer allowlist
maxFileSize: 100 * 1024 * 1024, // optional, 100MB limit
timeout: 120000 // optional, 2 min default
})
// --- Sender ---
const result = await node.send({
filePath: '/path/to/file.tar.gz',
recipientId: 'other-agent',
channel: 'p2p-transfer', // optional, default
onProgress: ({ bytesSent, totalBytes }) => {
console.log(\`\${Math.round(bytesSent/totalBytes*100)}%\`)
}
})
// result: { transferId, taskId, success: true }
`;
const RECEIVER = `// --- Receiver (event-driven) ---
node.watch({ channel: 'p2p-transfer' })
node.on('file', async ({ fileName, fileSize, senderId, accept, reject }) => {
console.log(\`Incoming: \${fileName} from \${senderId}\`)
const result = await accept('/path/to/save/file.tar.gz')
// result: { success: true, filePath, hash }
})
// --- Receiver (auto-accept to directory) ---
node.watch({ channel: 'p2p-transfer', saveDir: './incoming' })
`;
const CLEANUP = `// --- Cleanup ---
await node.destroy()
`;

describe('the built library in a project of its own', function () {
  this.timeout(120_000);
  const hub = withHub();
  let project: string;

  before(() => {
    for (const product of ['index.js', 'types/index.d.ts']) {
      const file = path.join(root, 'dist', product);
      if (!existsSync(file)) throw new Error(`${file} is missing: run "npm run build" first`);
    }
  });
  beforeEach(async () => {
    project = await mkdtemp(path.join(os.tmpdir(), 'beeline-sample-'));
    await mkdir(path.join(project, 'node_modules'));
    await symlink(root, path.join(project, 'node_modules', 'beeline'), 'junction');
  });
  afterEach(() => rm(project, { recursive: true, force: true }));

  it("runs the document's sample as written, with another package name, address and paths", async () => {
    const bytes = randomBytes(200_000);
    await writeFile(path.join(project, 'file.tar.gz'), bytes);
    // Between the halves the program waits for a file, as a receiver does.
    const wait = `await new Promise((resolve) => node.on('transfer_complete', resolve))\n`;
    const sample = `${SENDER}console.log(JSON.stringify(result))\n${RECEIVER}${wait}${CLEANUP}`
      .replace("require('ats-p2p')", "require('beeline')")
      .replace('https://ats.difflab.ai', hub.url)
      .replace('/path/to/file.tar.gz', path.join(project, 'file.tar.gz'))
      .replace('/path/to/save/file.tar.gz', path.join(project, 'saved', 'file.tar.gz'));
    await writeFile(path.join(project, 'sample.cjs'), `(async () => {\n${sample}})()`);

    const other = await createNode({ atsUrl: hub.url, actorId: 'other-agent' });
    try {
      const arrived = new Promise((resolve, reject) => {
        other.on('file', ({ accept }) => {
          accept(path.join(project, 'there')).then(resolve, reject);
        });
      });
      other.watch();
      const child = spawn(process.execPath, ['sample.cjs'], { cwd: project, stdio: 'pipe' });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const exited = new Promise((resolve) => child.on('close', resolve));
      await Promise.race([arrived, exited]);
      assert.ok((await readFile(path.join(project, 'there'))).equals(bytes), output);
      const filePath = path.join(project, 'back.bin');
      await writeFile(filePath, 'and back');
      await other.send({ filePath, recipientId: 'my-agent' });
      assert.equal(await exited, 0, output);
      assert.match(output, /^100%$/m);
      assert.match(output, /^\{"transferId":"[0-9a-f]{32}","taskId":\d+,"success":true\}$/m);
      assert.match(output, /^Incoming: back\.bin from other-agent$/m);
      // The listener answers at once, so its path holds rather than the folder of the second watch.
      const saved = await readFile(path.join(project, 'saved', 'file.tar.gz'), 'utf8');
      assert.equal(saved, 'and back');
    } finally {
      await other.destroy();
    }
  });

  it('ships types that a strict project compiles against without skipping library checks', async () => {
    const compilerOptions = {
      strict: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      module: 'node16',
      moduleResolution: 'node16',
      target: 'es2022',
      lib: ['es2022'],
      types: [],
      noEmit: true,
    };
    await writeFile(
      path.join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['use.ts'] }),
    );
    await writeFile(
      path.join(project, 'use.ts'),
      `import { BeelineError, createNode, type Agent, type ErrorCode, type ReceiveResult } from 'beeline';
export async function use(): Promise<string> {
  const node = await createNode({ actorId: 'me', allowedPeers: ['you'], timeout: 1000, home: '/h' });
  node.on('file', async ({ fileName, fileSize, accept, reject, task }) => {
    if (fileSize > 5 || task.payload.file_name !== fileName) return reject('no');
    const result: ReceiveResult = await accept();
    return result.hash.length;
  });
  node.on('transfer_failed', ({ reason, code }) => reason + code);
  // @ts-expect-error there is no such event
  node.on('files', () => undefined);
  const { transferId, taskId, success } = await node.send({
    filePath: 'a', recipientId: 'b', onProgress: ({ bytesSent, totalBytes }) => bytesSent / totalBytes,
  });
  node.on('pairing', ({ card, ownFingerprint, accept, decline }) =>
    card.fingerprint === ownFingerprint ? decline() : accept());
  node.on('file', async ({ verified, trust, agent, preview, fileHash }) => {
    // @ts-expect-error a paired agent hashes while it sends
    fileHash.length;
    return verified && trust !== 'claims' ? [agent?.name, (await preview())[0]?.path] : [];
  });
  const several = await node.send({ paths: ['a', 'b'], recipientId: 'b', leaveOutIgnored: true });
  // @ts-expect-error one or several, not both
  await node.send({ filePath: 'a', paths: ['b'], recipientId: 'b' });
  // @ts-expect-error something has to be sent
  await node.send({ recipientId: 'b' });
  const sync = await node.sync({ path: 'd', recipientId: 'b', onRound: ({ moved }) => moved?.spared });
  node.on('file', ({ kind, updates, accept }) =>
    kind === 'folder' && updates !== undefined ? accept(undefined, { update: true }) : undefined);
  node.on('transfer_interrupted', ({ resumes }) => (resumes === 'person' ? node.resume() : []));
  const folders: string[] = (await node.grants()).map(({ path }) => path);
  await sync.stop();
  node.on('message', async ({ agent, text, body, reply }) =>
    body.kind === 'code' ? body.range.startLine : (await reply(agent.name + text)).messageId);
  node.on('typing', ({ agent, isTyping }) => isTyping && agent.kid);
  const { messageId, delivered } = await node.say('b', 'text');
  await delivered;
  await node.typing('b', false);
  const texts = (await node.messages('b', { before: messageId, limit: 5 })).map(({ body }) =>
    // @ts-expect-error a file has no text
    body.text);
  const waiting: number[] = (await node.chats()).map((chat) => chat.waiting);
  const invite = await node.invite({ confirm: async ({ name }) => name === 'you' });
  const agents: Agent[] = [await invite.paired, await node.pair(invite.code)];
  await node.allowAgent(agents[0]?.kid ?? '');
  const yes: true = success;
  const code: ErrorCode = new BeelineError('DECLINED', 'x').code;
  await node.destroy();
  return [transferId, taskId.toFixed(), several.moved?.bytes, folders, texts, waiting, yes, code].join();
}
`,
    );
    const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const compiled = await run(process.execPath, [tsc, '-p', project]).catch(
      (failed: unknown) => failed as { stdout: string },
    );
    assert.equal(compiled.stdout, '');
  });
});
