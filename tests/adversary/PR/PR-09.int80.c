/*
 * id: PR-09.int80   class: ESC
 * expect-phase: succeeded   expect-stdout: ^i386 (-1|-38)$   expect-not: HELD
 * expect-audit: syscall_denied
 * A system call of another architecture is on the red line.
 */
#include <stdio.h>

int main(void)
{
	long result;

	/* i386 getpid is 20; any answer above 0 means that it was let through.
	 */
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
	if (result > 0)
		printf("HELD %ld\n", result);
	printf("i386 %ld\n", result);
	return 0;
}
