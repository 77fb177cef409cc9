// fork() with messages, handles of errors
// args: given
const cp = require('child_process');
if (process.send) {
	process.on('message', (m) => {
		process.send({ back: m, argv: process.argv.slice(2), exec: process.execArgv, connected: process.connected });
		if (m === 'end') process.disconnect();
	});
} else {
	const child = cp.fork(__filename, ['kid'], { execArgv: ['--no-warnings'], serialization: 'advanced', silent: false });
	child.on('message', (m) => console.log(m));
	child.on('exit', (...a) => console.log('exit', a));
	child.send(new Map([[1, 2n]]));
	child.send('end');
}
