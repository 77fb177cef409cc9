# id: SY-20.shell   class: COMPAT   environment: tools   limits: pidsLimit=128 memoryMb=512 cpuSeconds=60
# expect-phase: succeeded   expect-stdout: ^all of it$   expect-not-audit: syscall_denied
set -eu
cd /work
printf '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n' >hello.c
gcc -O2 -o hello hello.c
test "$(./hello)" = hello
mkdir -p a/b && cp -a hello a/b/ && cp --reflink=auto hello a/c && mv a/c a/d && ln -s d a/e
test "$(find a -type f | sort | xargs sha256sum | awk '{print $1}' | uniq | wc -l)" -eq 1
seq 1 100000 | sed 's/1/2/g' | sort -n | uniq | tail -n 1 | grep -q 222222 || true
bash -c 'exec {f}<>/tmp/fifo.$$ ; coproc cat; echo x >&"${COPROC[1]}"; read -r y <&"${COPROC[0]}"; test "$y" = x; trap "exit 0" TERM; kill -TERM $$; sleep 5; exit 1'
dd if=/dev/zero of=big bs=1M count=8 conv=fsync 2>/dev/null
sync big
(ulimit -n 64; timeout 20 sh -c 'cat big | wc -c') | grep -q 8388608
ps -ef >/dev/null && ip addr >/dev/null && id >/dev/null && df /work >/dev/null
date -u +%s >/dev/null
nice -n 5 true && nohup true >/dev/null 2>&1
setsid -w true
flock lock true
echo "all of it"
