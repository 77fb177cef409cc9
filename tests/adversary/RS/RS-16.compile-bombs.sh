# id: RS-16.compile-bombs   class: HOSTDOS   environment: tools
# limits: memoryMb=256 diskMb=32 cpuSeconds=20 wallClockSeconds=30
# expect-phase: killed   expect-kill: memory_exceeded|cpu_exceeded
# A compiler is a program like any other: what makes it eat memory, disk or
# time meets the same limits. The first ones end by themselves.
cd /work
echo 'static char a[1 << 30] = { 1 }; int main(void) { return a[7]; }' >large.c
gcc -c large.c 2>/dev/null && echo "HELD a file of 1 GiB in 32 MiB"
echo '#include "loop.h"' >loop.h
gcc -E loop.h >/dev/null 2>&1 && echo "HELD a header that includes itself"
echo 'int x = ' >deep.c
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "("; }' >>deep.c
gcc -c deep.c >/dev/null 2>&1 && echo "HELD parentheses"
{
    echo '#define A0 "xxxxxxxxxxxxxxxx"'
    for i in 1 2 3 4 5 6 7 8 9 10; do
        p=A$((i - 1))
        echo "#define A$i $p $p $p $p $p $p $p $p"
    done
    echo 'const char *s = A10;'
} >laughs.c
timeout 5 gcc -E laughs.c 2>/dev/null | head -c 1000000 >/dev/null
gcc -c -include /dev/zero laughs.c
echo "HELD all of it"
