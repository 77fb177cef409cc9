// node:test in a child: results without times
const cp = require('child_process');
require('fs').writeFileSync('a.test.js', 'const { test, describe, it, mock } = require("node:test"); const assert = require("assert"); test("good", () => {}); test("bad", () => assert.equal(1, 2)); test("skipped", { skip: "why" }, () => {}); describe("group", () => { it("sub", async () => {}); it.todo("later"); }); test("mocked", () => { const f = mock.fn(() => 5); assert.equal(f(), 5); assert.equal(f.mock.callCount(), 1); });');
for (const args of [['--test-reporter=tap', 'a.test.js'], ['--test', '--test-reporter=dot', 'a.test.js']]) {
	const r = cp.spawnSync(process.execPath, args, { encoding: 'utf8' });
	console.log(r.status, r.stdout.replace(/duration_ms: [\d.]+|# duration_ms [\d.]+|\([\d.]+ms\)/g, 'T'), r.stderr);
}
