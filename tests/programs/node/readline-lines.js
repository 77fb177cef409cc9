// readline over standard input: lines, questions, async iteration
// stdin: first\nsecond\r\nthird\nlast
const readline = require('readline');
const rl = readline.createInterface({ input: process.stdin });
rl.question('name? ', async (name) => {
	console.log('hello', name, rl.terminal);
	for await (const line of rl) console.log(JSON.stringify(line));
	console.log('end', rl.closed);
});
