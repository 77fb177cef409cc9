module.exports = { strict: (function () { return this === undefined; })(), file: require('path').basename(__filename) };
