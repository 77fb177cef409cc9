/*
 * without NUMBER ARGUMENT VALUE ERRNO PROGRAM ...: run a program for which one
 * system call fails, when its argument of that index has the value; an index
 * of -1 means always. What it starts inherits that.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned number = atoi(argv[1]), argument = atoi(argv[2]);
	unsigned value = strtoul(argv[3], 0, 0), error = atoi(argv[4]);
	int always = atoi(argv[2]) < 0;
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 always ? offsetof(struct seccomp_data, nr)
				: offsetof(struct seccomp_data, args) +
					  8 * argument),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, always ? number : value, 0,
			 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(steps) / sizeof(*steps), steps };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) {
		perror("seccomp");
		return 1;
	}
	execv(argv[5], argv + 5);
	perror(argv[5]);
	return 1;
}
