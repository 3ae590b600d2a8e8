// A ClickHouse for tests: the engine of the npm package chdb behind as much of ClickHouse's HTTP interface as clickhouse-go
// uses. One request at a time; data in a folder that is removed at the end. Prints "listening on PORT" when it is ready.
//
//     node clickhouse.mjs [port]
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, writeFileSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { Session } = createRequire(import.meta.url)('chdb');
const folder = mkdtempSync(join(tmpdir(), 'q2-clickhouse-'));
const session = new Session(join(folder, 'data'), { connectionArgs: [`--user_files_path=${folder}`] });

const HELLO = 'SELECT displayName(), version(), revision(), timezone()';
const text = (s) => Buffer.concat([Buffer.from([s.length]), Buffer.from(s)]);
const column = (name, type, value) => Buffer.concat([text(name), text(type), Buffer.from([0]), value]);

// The answer to a client's first question, in the newest form of the Native format; revision 0 asks for the plain form from then on,
// which is what the engine writes.
function hello() {
  const version = session.query('SELECT version()', 'TSV').toString().trim();
  return Buffer.concat([
    Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 4, 1]),
    column('displayName()', 'String', text('chdb')),
    column('version()', 'String', text(version)),
    column('revision()', 'UInt32', Buffer.from([0, 0, 0, 0])),
    column('timezone()', 'String', text('UTC')),
  ]);
}

let files = 0;
async function insert(statement, body) {
  const file = join(folder, `insert-${files++}`);
  writeFileSync(file, body);
  try {
    await session.queryAsync(statement.replace(/(\bVALUES\b|\bFORMAT\s+Native)\s*;?\s*$/i, '') + ` SELECT * FROM file('${file}', Native)`);
  } finally {
    unlinkSync(file);
  }
}

async function answer(url, body) {
  const inline = url.searchParams.get('query');
  const statement = inline ?? body.toString();
  if (statement.trim() === HELLO) return hello();
  if (inline !== null) return insert(inline, body).then(() => Buffer.alloc(0));
  return Buffer.from((await session.queryAsync(statement, { format: 'Native' })).bytes());
}

let before = Promise.resolve();
const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    before = before.then(async () => {
      try {
        const bytes = await answer(new URL(request.url, 'http://localhost'), Buffer.concat(chunks));
        response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
      } catch (error) {
        const code = error.clickhouseCode ?? 1;
        response.writeHead(500, { 'X-ClickHouse-Exception-Code': code }).end(`Code: ${code}. ${error.message}\n`);
      }
    });
  });
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));

function end() {
  server.close();
  session.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}
process.on('SIGTERM', end);
process.on('SIGINT', end);
