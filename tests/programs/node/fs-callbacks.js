// fs with callbacks, promises and file handles
const fs = require('fs');
fs.readFile('none', (e) => console.log(e.code, e.stack.split('\n').length));
(async () => {
	const h = await fs.promises.open('f', 'w+');
	await h.write('line 1\nline 2\nline 3'); await h.sync();
	console.log((await h.stat()).size, (await h.read(Buffer.alloc(4), 0, 4, 0)).bytesRead, await fs.promises.readFile('f', 'utf8'));
	await h.close();
	const r = await fs.promises.open('f'); for await (const line of r.readLines()) console.log(line);
	for (const p of [fs.promises.readFile('none'), fs.promises.access('/root/x'), fs.promises.unlink('.'), h.read()]) await p.catch((e) => console.log(e.code, e.message));
	for await (const d of await fs.promises.opendir('.')) if (d.name === 'f') console.log(d.isFile(), d.parentPath);
	await fs.promises.writeFile('g', (function* () { yield 'a'; yield 'b'; })()); console.log(fs.readFileSync('g', 'utf8'));
	await fs.promises.readFile('none').catch((e) => console.log(e.stack.includes('main.js')));
})();
