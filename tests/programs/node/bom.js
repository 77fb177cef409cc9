// files with byte order marks, as script, JSON and text
const fs = require('fs');
fs.writeFileSync('a.js', '\ufeffmodule.exports = 5;'); fs.writeFileSync('a.json', '\ufeff{"x": 1}'); fs.writeFileSync('crlf.js', 'module.exports = `a\r\nb`;\r\n');
console.log(require('./a.js'), require('./a.json'), JSON.stringify(require('./crlf.js')), fs.readFileSync('a.json', 'utf8').charCodeAt(0));
fs.writeFileSync('bad.js', Buffer.from([0x27, 0xff, 0x27])); console.log(require('./bad'));
fs.writeFileSync('b.js', '#!node\nreturn module.exports = 6'); console.log(require('./b.js'));
