// fs, synchronous: files, links, modes, errors
const fs = require('fs');
fs.writeFileSync('f', 'text'); fs.appendFileSync('f', '+'); fs.mkdirSync('d/e', { recursive: true }); fs.symlinkSync('../f', 'd/l'); fs.linkSync('f', 'h');
console.log(fs.readFileSync('d/l', 'utf8'), fs.statSync('f').nlink, fs.lstatSync('d/l').isSymbolicLink(), fs.readlinkSync('d/l'), fs.realpathSync('d/l'));
console.log(fs.readdirSync('.', { recursive: true }).sort(), fs.readdirSync('d', { withFileTypes: true }).map((x) => [x.name, x.isDirectory()]).sort());
fs.chmodSync('f', 0o600); console.log((fs.statSync('f').mode & 0o777).toString(8), process.umask().toString(8)); fs.utimesSync('f', 1, 2); console.log(fs.statSync('f').mtimeMs, fs.statSync('f', { bigint: true }).size);
for (const f of [() => fs.readFileSync('none'), () => fs.mkdirSync('d'), () => fs.rmdirSync('d'), () => fs.readFileSync('d'), () => fs.openSync('f', 'wx'), () => fs.writeFileSync('none/x', ''), () => fs.readFileSync('f/x'), () => fs.closeSync(999), () => fs.opendirSync('f'), () => fs.accessSync('f', fs.constants.X_OK), () => fs.readFileSync(5.5)]) {
	try { f(); console.log('fine'); } catch (e) { console.log(e.code, e.message); }
}
const fd = fs.openSync('f', 'r+'); console.log(fs.writeSync(fd, 'XY', 1), fs.readSync(fd, Buffer.alloc(9), 0, 9, 0)); fs.ftruncateSync(fd, 2); fs.closeSync(fd);
fs.cpSync('d', 'copy', { recursive: true }); fs.rmSync('d', { recursive: true }); fs.renameSync('copy', 'moved'); console.log(fs.existsSync('d'), fs.readdirSync('moved').sort(), fs.globSync('*').sort(), fs.mkdtempSync('/tmp/x-').length);
