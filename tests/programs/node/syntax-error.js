// a syntax error in the main file
console.log('never');
const x = = 5;
