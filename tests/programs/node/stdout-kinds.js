// standard output and error: kinds, sizes, callbacks, order with fs.writeSync
const fs = require('fs');
console.log(process.stdout.constructor.name, process.stdout._type, process.stdout.writableHighWaterMark, process.stdout.columns, process.stdout.hasColors?.(), process.stderr._type, process.stdout.isTTY);
process.stdout.write('one '); fs.writeSync(1, 'two '); process.stdout.write('three\n', () => console.log('written'));
console.log(fs.fstatSync(1).isFIFO(), fs.fstatSync(2).isFIFO(), require('tty').isatty(1), require('util').styleText('red', 'x', { validateStream: false }) !== 'x');
fs.writeFileSync('/dev/stdout', 'by path\n'); fs.writeFileSync('/dev/stderr', 'error by path\n');
process.stdout.cork(); process.stdout.write('corked\n'); process.stdout.uncork();
process.on('exit', () => { process.stdout.write('at exit, ' + 'y'.repeat(20_000) + '\n'); });
