// bytes that aren't text, in ASCII range and above, counted by a child
const cp = require('child_process');
process.stdout.write(Buffer.from([0x41, 0x09, 0x42, 0x0a]));
console.log(cp.execFileSync('od', ['-An', '-tx1'], { input: Buffer.from([0, 255, 128, 10]) }).toString());
process.stdout.write('é日😀\n', 'utf8'); process.stdout.write('c3a9', 'hex'); process.stdout.write('\ud800\n');
