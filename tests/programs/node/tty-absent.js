// tty without a terminal: colors, sizes, raw mode
const tty = require('tty');
console.log([0, 1, 2].map((n) => tty.isatty(n)), process.stdout.columns, process.stdin.setRawMode, process.stdout.getColorDepth, require('util').inspect({ a: 1 }), process.env.TERM, tty.WriteStream.prototype.getColorDepth.call({}, { TERM: 'xterm-256color' }));
try { new tty.ReadStream(0); } catch (e) { console.log(e.code, e.message); }
try { require('fs').openSync('/dev/tty'); console.log('opened'); } catch (e) { console.log(typeof e.code); }
console.log(tty.WriteStream.prototype.hasColors.call(tty.WriteStream.prototype, 16, { FORCE_COLOR: '1' }));
