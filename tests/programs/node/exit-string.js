// process.exitCode as text, and as something impossible
process.exitCode = '17';
try { process.exitCode = 'text'; } catch (e) { console.log(e.code, e.message); }
try { process.exitCode = 1.5; } catch (e) { console.log(e.code); }
console.log(process.exitCode);
