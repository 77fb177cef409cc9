// standard input without anything: end at once
process.stdin.on('data', (d) => console.log('data', d)).on('end', () => console.log('end'));
(async () => { for await (const c of process.stdin) console.log(c); console.log('iterated'); })();
