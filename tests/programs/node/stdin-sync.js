// standard input read at once by fs, and its end
// stdin: all\nof it\n
const fs = require('fs');
console.log(JSON.stringify(fs.readFileSync(0, 'utf8')), fs.readFileSync('/dev/stdin', 'utf8').length, fs.readSync(0, Buffer.alloc(9)));
console.log(process.stdin.constructor.name, process.stdin.readable, fs.fstatSync(0).isFIFO());
