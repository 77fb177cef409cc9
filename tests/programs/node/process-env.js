// process.env: kinds of values, deletion, children
// env: GIVEN=value EMPTY= SPACED=a=b
process.env.N = 5; process.env.U = undefined; process.env.NEW = 'é'; delete process.env.GIVEN;
console.log(process.env.N, process.env.U, process.env.EMPTY, process.env.SPACED, process.env.GIVEN, 'NEW' in process.env);
console.log(require('child_process').execSync('echo $NEW [$GIVEN] $N; env | sort').toString());
try { process.env[Symbol('s')] = 1; } catch (e) { console.log(e.message); }
try { Object.defineProperty(process.env, 'x', { value: 'y' }); } catch (e) { console.log(e.code); }
process.env.TZ = 'Asia/Tokyo'; console.log(new Date(0).toString()); process.env.TZ = 'UTC'; console.log(new Date(0).getHours());
