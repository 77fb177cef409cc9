// readline/promises when the input ends early
// stdin: only\n
const rl = require('readline/promises').createInterface({ input: process.stdin, output: process.stdout });
(async () => {
	console.log(await rl.question('first? '));
	console.log(await Promise.race([rl.question('second? '), new Promise((d) => rl.on('close', () => d('closed')))]));
	await rl.question('third?').catch((e) => console.log(e.code, e.message));
})();
