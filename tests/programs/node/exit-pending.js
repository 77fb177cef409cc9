// process.exit with output that is not written yet
for (let n = 0; n < 3000; n++) console.log('line', n);
process.stdout.write('x'.repeat(20_000) + '\n');
process.exit(3);
