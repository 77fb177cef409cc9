// the names of the global object, apart from `enclave`
console.log(Object.getOwnPropertyNames(globalThis).filter((name) => name !== 'enclave').sort().join(' '));
console.log(Object.keys(globalThis).join(' '));
