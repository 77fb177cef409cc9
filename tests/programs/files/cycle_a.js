exports.early = 1;
exports.b = require('./cycle_b.js').seen;
