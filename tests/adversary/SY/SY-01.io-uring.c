/*
 * id: SY-01.io-uring   class: ESC
 * expect-phase: succeeded   expect-stdout: ^425 -38$   expect-stdout: ^426 -38$
 * expect-stdout: ^427 -38$
 */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	char parameters[256] = { 0 };

	printf("425 %d\n", syscall(425, 8, parameters) < 0 ? -errno : 0);
	printf("426 %d\n", syscall(426, 0, 0, 0, 0, 0, 0) < 0 ? -errno : 0);
	printf("427 %d\n", syscall(427, 0, 0, 0, 0) < 0 ? -errno : 0);
	return 0;
}
