// A PostgreSQL with pgvector for tests: npm's pglite behind a socket, in memory. Prints "listening on PORT" when it is ready.
//
//     node postgres.mjs [port]
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { createServer } from 'node:net';

// The socket server does not tell which port the system chose.
const free = () => new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});

const port = Number(process.argv[2] ?? 0) || (await free());
const db = await PGlite.create({ extensions: { vector } });
await db.exec('CREATE EXTENSION IF NOT EXISTS vector');
const server = new PGLiteSocketServer({ db, port, host: '127.0.0.1', maxConnections: 8 });
await server.start();
console.log(`listening on ${port}`);

async function end() {
  await server.stop();
  await db.close();
  process.exit(0);
}
process.on('SIGTERM', end);
process.on('SIGINT', end);
