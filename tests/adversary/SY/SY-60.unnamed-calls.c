/*
 * id: SY-60.unnamed-calls   class: AUDIT
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-audit: syscall_denied name=mount
 * expect-audit: syscall_denied name=ptrace
 * expect-audit: syscall_denied name=bpf
 * expect-audit: syscall_denied name=unshare
 * expect-audit: syscall_denied name=kexec_load
 * Hundreds of refused calls of another architecture, each a number of its own
 * that has no name, and then the ones that matter: these have their own lines,
 * whatever came before them.
 */
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

enum { FIRST = 1000, KINDS = 300 };

static long call32(long number)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(0), "c"(0), "d"(0), "S"(0), "D"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

int main(void)
{
	static const long calls[] = { SYS_mount, SYS_ptrace, SYS_bpf,
				      SYS_unshare, SYS_kexec_load };

	for (int i = 0; i < KINDS; i++)
		if (call32(FIRST + i) >= 0)
			held("a call of i386", FIRST + i);
	for (unsigned i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		fails("a call", syscall(calls[i], CLONE_NEWUSER, 1, 0, 0, 0));
	puts("done");
	return 0;
}
