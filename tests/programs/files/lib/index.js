exports.name = 'lib/index';
exports.parent = module.parent && require('path').basename(module.parent.filename);
