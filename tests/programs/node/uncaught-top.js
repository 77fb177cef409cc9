// an error at top level: the source line with its mark
console.log('before');
const answer = { deep: null };
console.log(answer.deep.value);
