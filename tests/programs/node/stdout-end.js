// process.stdout.end and writes after it
process.stdout.end('last words\n');
process.stdout.on('error', (e) => console.error(e.code, e.message));
process.stdout.write('too late');
