/*
 * id: SY-04.mounts   class: ESC
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-audit: syscall_denied name=mount
 * expect-audit: syscall_denied name=pivot_root
 * expect-audit: syscall_denied name=open_by_handle_at
 */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	static const int numbers[] = {
		SYS_mount,
		SYS_umount2,
		SYS_pivot_root,
		SYS_chroot,
		SYS_fsopen,
		SYS_fsconfig,
		SYS_fsmount,
		SYS_fspick,
		SYS_move_mount,
		SYS_open_tree,
		442 /* mount_setattr */,
		SYS_open_by_handle_at,
	};

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (syscall(numbers[i], "tmpfs", "/work", "tmpfs", 0, 0) >= 0)
			printf("HELD %d\n", numbers[i]);
		else if (errno != EPERM && errno != ENOSYS)
			printf("HELD %d reached the kernel: %d\n", numbers[i],
			       errno);
	}
	puts("done");
	return 0;
}
