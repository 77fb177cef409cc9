// os: names, folders, user, constants
const os = require('os');
console.log(os.hostname(), os.platform(), os.type(), os.arch(), os.endianness(), os.homedir(), os.tmpdir(), os.EOL === '\n', os.devNull, os.machine());
const u = os.userInfo(); console.log(u, os.constants.signals.SIGTERM, os.constants.errno.ENOENT, os.getPriority(process.pid) >= 0 || 'low');
console.log(os.uptime() > 0, os.loadavg().length, os.cpus().length > 0, os.availableParallelism() > 0);
console.log(os.networkInterfaces().lo?.map((i) => i.address), os.version().length > 0, os.release().length > 0);
try { os.userInfo({ encoding: 'none' }); os.setPriority(1, 0); } catch (e) { console.log(e.code, e.info?.code); }
