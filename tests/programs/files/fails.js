function inner() {
	throw new RangeError('from fails.js');
}
exports.go = () => inner();
