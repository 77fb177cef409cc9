// cwd, relative names, what is beside the program, chdir
const fs = require('fs');
console.log(process.cwd(), fs.readdirSync('.'), __dirname, require('path').resolve('x'), fs.readdirSync('/tmp'), fs.existsSync('./main.js'));
process.chdir('/tmp'); fs.writeFileSync('rel', 'text'); console.log(process.cwd(), fs.readFileSync('/tmp/rel', 'utf8'), fs.existsSync('main.js'), require.resolve('/work/main.js'));
fs.mkdirSync('/tmp/gone'); process.chdir('/tmp/gone'); fs.rmdirSync('/tmp/gone'); try { process.cwd(); } catch (e) { console.log(e.code, e.message); }
process.chdir('/work'); fs.unlinkSync('main.js'); console.log(fs.readdirSync('.'), fs.statSync('/work').uid, (fs.statSync('/work').mode & 0o7777).toString(8));
console.log(fs.statSync('/dev/null').isCharacterDevice(), fs.readFileSync('/dev/null').length, fs.readFileSync('/proc/self/comm', 'utf8').trim().length > 0);
