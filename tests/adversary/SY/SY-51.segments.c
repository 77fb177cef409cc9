/*
 * id: SY-51.segments   class: ESC   backends: native
 * parity: syscalls
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-audit: syscall_denied name=i386:20
 * A program can leave 64-bit mode by a far return, without any call. What it
 * asks the kernel for from there, by int 0x80 or syscall, is another
 * architecture's all the same.
 */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

/* mov eax, 20 (getpid); int 0x80; mov [edi], eax; far return to 64 bits */
static const unsigned char by_interrupt[] = { 0xb8, 20,	  0,	0, 0,
					      0xcd, 0x80, 0x89, 7, 0xcb };
/* the same with syscall, which is only there on some processors */
static const unsigned char by_syscall[] = { 0xb8, 20,	0,    0, 0,
					    0x0f, 0x05, 0x89, 7, 0xcb };

static void go(const unsigned char *code, size_t length, const char *what)
{
	int status = 0;
	int32_t *answer = mmap((void *)0x20000000, 4096, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	unsigned char *low =
		mmap((void *)0x10000000, 8192,
		     PROT_READ | PROT_WRITE | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	uint64_t *stack =
		mmap((void *)0x30000000, 65536, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	pid_t pid;

	*answer = 0x7fffffff;
	memcpy(low, code, length);
	pid = fork();
	if (pid == 0) {
		uint64_t *top = stack + 4096;

		/* 32-bit far return address: a fault, which ends the child */
		__asm__ volatile("mov %0, %%rsp\n\t"
				 "mov %2, %%edi\n\t"
				 "pushq $0x23\n\t"
				 "pushq %1\n\t"
				 "lretq\n\t"
				 :
				 : "r"(top), "r"((uint64_t)low),
				   "r"((uint32_t)(uintptr_t)answer)
				 : "memory", "rdi");
		__builtin_unreachable();
	}
	waitpid(pid, &status, 0);
	if (*answer != 0x7fffffff && *answer != -EPERM && *answer != -ENOSYS)
		held(what, *answer);
	printf("%s %d %#x\n", what, *answer, status);
}

int main(void)
{
	go(by_interrupt, sizeof(by_interrupt), "int 0x80");
	go(by_syscall, sizeof(by_syscall), "syscall");
	puts("done");
	return 0;
}
