/*
 * id: SY-02.bpf-perf   class: ESC
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-audit: syscall_denied name=bpf
 */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	static const int numbers[] = {
		SYS_bpf,	   SYS_perf_event_open, SYS_userfaultfd,
		SYS_kexec_load,	   SYS_init_module,	SYS_finit_module,
		SYS_delete_module, SYS_add_key,		SYS_keyctl,
		SYS_request_key,   SYS_reboot,		SYS_swapon,
		SYS_acct,	   SYS_syslog,		SYS_fanotify_init,
		SYS_iopl,	   SYS_ioperm
	};
	char zero[256] = { 0 };

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (syscall(numbers[i], 0, zero, sizeof(zero), 0, 0) >= 0)
			printf("HELD %d\n", numbers[i]);
		else if (errno != EPERM && errno != ENOSYS)
			printf("HELD %d reached the kernel: %d\n", numbers[i],
			       errno);
	}
	puts("done");
	return 0;
}
