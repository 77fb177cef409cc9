// process: argv, execArgv, versions, flags, kinds of streams
// args: one 'two words' --flag
const p = process;
console.log(p.argv, p.argv0, p.execArgv, p.execPath, p.title, p.version.split('.')[0], p.release.name, p.platform, p.arch);
console.log(p.cwd(), p.getuid(), p.getgid(), p.geteuid(), p.getgroups(), p.umask(), p.exitCode, p.stdin.fd, p.stdout.fd, p.stdin.isTTY, p.stdout.isTTY);
console.log(Object.keys(p.memoryUsage()), Object.keys(p.resourceUsage()), p.hrtime().length, typeof p.hrtime.bigint(), Object.keys(p.features), p.config.variables.napi_build_version > 5, p.allowedNodeEnvironmentFlags.size);
console.log(Object.keys(p.versions), p.report?.reportOnFatalError, p.noDeprecation, p.throwDeprecation, p.permission, p.channel, p.connected, p.send, p.debugPort, p.sourceMapsEnabled);
console.log(Object.getOwnPropertyNames(p).sort().join(), p.eventNames(), p.domain, p.constrainedMemory() >= 0, p.ppid !== p.pid, p.getActiveResourcesInfo());
for (const f of [() => p.chdir('/none'), () => p.setuid(0), () => p.kill(p.pid, 'SIGNONE'), () => p.kill(4194303, 0), () => p.binding('none'), () => p.dlopen({}, '/none'), () => p.setgid('none')]) { try { f(); console.log('fine'); } catch (e) { console.log(e.code, e.message); } }
console.log(Object.keys(p.env).sort(), p.env.NONE, 'HOME' in p.env, p.getBuiltinModule('fs') === require('fs'), p._preload_modules);
