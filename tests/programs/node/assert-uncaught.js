// an assertion that fails at top level: the text with the source
const assert = require('assert');
const value = { a: 1 };
assert(value.a === 2);
