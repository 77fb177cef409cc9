// id: SY-20.node   class: COMPAT   limits: pidsLimit=128 memoryMb=512 cpuSeconds=60 wallClockSeconds=60
// expect-phase: succeeded   expect-json: {"failed": []}   expect-not-audit: syscall_denied
const fs = require("fs"), os = require("os"), net = require("net"), http = require("http");
const { Worker } = require("worker_threads"), { execFileSync, spawn } = require("child_process");
const zlib = require("zlib"), crypto = require("crypto"), dns = require("dns");
const acts = {
  files: async () => {
    fs.writeFileSync("/work/a", "text");
    fs.copyFileSync("/work/a", "/work/b");
    fs.copyFileSync("/work/a", "/work/c", fs.constants.COPYFILE_FICLONE);
    fs.cpSync("/usr/lib/enclave", "/work/tree", { recursive: true });
    fs.rmSync("/work/tree", { recursive: true });
    fs.renameSync("/work/b", "/work/d");
    const watcher = fs.watch("/work");
    const seen = new Promise((done) => watcher.on("change", done));
    fs.writeFileSync("/work/e", "x");
    await seen;
    watcher.close();
  },
  system: async () => [os.cpus(), os.totalmem(), os.networkInterfaces(), os.userInfo(), os.loadavg(),
    process.memoryUsage(), process.resourceUsage()],
  worker: () => new Promise((done, fail) => new Worker("require('worker_threads').parentPort.postMessage(42)",
    { eval: true }).on("message", done).on("error", fail)),
  children: async () => {
    if (execFileSync("/bin/echo", ["x"]).toString() !== "x\n") throw new Error("echo");
    await new Promise((done) => spawn("/bin/sleep", ["60"]).on("exit", done).kill());
  },
  http: () => new Promise((done, fail) => {
    const server = http.createServer((_, answer) => answer.end("x")).listen(0, "127.0.0.1", () =>
      http.get({ port: server.address().port, host: "127.0.0.1", agent: false }, (answer) => {
        answer.resume().on("end", () => server.close(done));
      }).on("error", fail));
  }),
  unix: () => new Promise((done) => {
    const server = net.createServer((c) => c.end("x")).listen("/work/s", () =>
      net.connect("/work/s").resume().on("end", () => server.close(done)));
  }),
  crypto: async () => {
    crypto.randomBytes(32);
    await new Promise((done) => crypto.pbkdf2("a", "b", 1000, 32, "sha256", done));
    if (zlib.gunzipSync(zlib.gzipSync("x".repeat(100000))).length !== 100000) throw new Error("gzip");
  },
  localhost: () => dns.promises.lookup("localhost"),
};
(async () => {
const failed = [];
for (const [name, act] of Object.entries(acts)) {
  try {
    await act();
  } catch (error) {
    failed.push(`${name}: ${error}`);
  }
}
enclave.result({ failed });
})();
