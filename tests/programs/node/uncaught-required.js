// an error in a required file, uncaught
// files: fails.js
const fails = require('./fails.js');
function start() {
	return fails.go();
}
start();
