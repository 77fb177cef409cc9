// package.json beside the program makes it a module
// files: package.json
console.log(typeof require, typeof module, this);
