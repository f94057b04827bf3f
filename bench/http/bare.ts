import Fastify from 'fastify';

/**
 * The bare peer: Fastify with nothing registered, which parses the body and answers bytes made beforehand, as many as an answer of ours has.
 * Prints its port. Usage: bare.ts BYTES
 */

const bytes = Number(process.argv[2]);
const answer = JSON.stringify({ pad: 'x'.repeat(Math.max(0, bytes - '{"pad":""}'.length)) });
const app = Fastify();
app.post('/v1/predict', async (_request, reply) => reply.type('application/json; charset=utf-8').send(answer));
const url = await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ url }));
process.on('SIGTERM', () => process.exit(0));
