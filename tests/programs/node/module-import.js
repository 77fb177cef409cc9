// import() of mjs, cjs, json, data urls and missing files from a script
// files: esm.mjs tla.mjs plain.cjs data.json
(async () => {
	const m = await import('./esm.mjs'); console.log(m, m.default(), m.name);
	console.log(await import('./tla.mjs'), (await import('./plain.cjs')).default);
	console.log((await import('./data.json', { with: { type: 'json' } })).default, await import('data:text/javascript,export default 5'));
	for (const name of ['./none.mjs', './data.json', 'none', 'http://x/', 'node:none', './lib']) await import(name).catch((e) => console.log(name, e.code, e.message));
	console.log((await import('fs')).default === require('fs'));
})();
