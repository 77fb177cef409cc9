// path, url, URLSearchParams, querystring and punycode
const path = require('path');
const url = require('url');
const qs = require('querystring');
console.log(path.resolve('a', '../b'), path.relative('/a/b', '/a/c'), path.parse('/x/y.tar.gz'), path.win32.join('a', 'b'), path.normalize('a//b/../c/'), path.matchesGlob?.('a/b.js', 'a/*.js'));
console.log(new URL('http://u:p@exämple.org:80/a/../b?q=1#h'), url.fileURLToPath('file:///a%20b'), url.pathToFileURL('a#b').href, url.domainToASCII('español.com'));
for (const f of [() => new URL('nope'), () => url.fileURLToPath('http://x'), () => path.join(5), () => new URLSearchParams([['a']])]) { try { f(); } catch (e) { console.log(e.code, e.message, e.input); } }
console.log(qs.parse('a=1&a=2&b=%20'), qs.stringify({ x: ['1', 'é'], y: '' }), String(new URLSearchParams({ a: 'b c', d: 'é' })), URL.canParse('x:'), url.parse('http://a.b/c?d#e').pathname);
