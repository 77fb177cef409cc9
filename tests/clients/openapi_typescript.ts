// The client of openapi-fetch, with types that openapi-typescript makes.
//
// usage: node openapi_typescript.ts URL KEY
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { paths } from "./made.d.ts";

const [baseUrl, key] = process.argv.slice(2);
const client = createClient<paths>({
  baseUrl, headers: { Authorization: `Bearer ${key}` } });

const created = await client.POST("/sessions", {
  params: { query: { wait: "60s" } },
  body: {
    code: "console.log('out')\nenclave.result({answer: 285})",
    language: "node", limits: { wallClockSeconds: 20 },
  },
});
assert(created.data, JSON.stringify(created.error));
assert("phase" in created.data, "only a receipt");
const session = created.data;
assert.equal(session.outcome, "succeeded");
assert.equal(session.result?.stdout, "out\n");
assert.equal(session.limits.wallClockSeconds, 20);

const result = await client.GET("/sessions/{id}/result", {
  params: { path: { id: session.id } } });
assert.deepEqual(result.data?.json, { answer: 285 });

const ended = await client.POST("/sessions", {
  params: { query: { wait: "60s" } },
  body: { command: ["/bin/sh", "-c", "exit 3"] } });
assert(ended.data && "phase" in ended.data);
assert.equal(ended.data.result?.exitCode, 3);

const listed = await client.GET("/sessions", {
  params: { query: { limit: 1 } } });
assert.deepEqual(listed.data?.sessions.map((one) => one.id), [ended.data.id]);

const missing = await client.GET("/sessions/{id}", {
  params: { path: { id: "s-0000000000-1" } } });
assert.equal(missing.error?.error.code, "not_found");
