// standard input by events, paused, resumed, and encodings
// stdin: \u00e9\u65e5 text\nmore\n
let text = '';
process.stdin.setEncoding('utf8').on('data', (d) => { text += d; }).on('end', () => console.log(JSON.stringify(text))).on('close', () => console.log('close'));
console.log(process.stdin.isPaused(), process.stdin.fd, process.stdin.readableFlowing);
