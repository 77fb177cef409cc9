/*
 * id: SY-07.host-tables   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * expect-audit: syscall_denied name=open_by_handle_at
 * What belongs to the host as a whole: handles, quota, swap, accounting, the
 * kernel's log, watching a whole file system.
 */
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	struct {
		unsigned bytes;
		int type;
		unsigned char handle[128];
	} handle = { 8, 1, { 2 } };
	char room[4096] = { 0 };
	int mount_id;

	refused("name_to_handle_at", syscall(SYS_name_to_handle_at, AT_FDCWD,
					     "/", &handle, &mount_id, 0));
	for (unsigned inode = 2; inode < 1000; inode++) {
		handle.bytes = 8;
		handle.handle[0] = (unsigned char)inode;
		handle.handle[1] = (unsigned char)(inode >> 8);
		refused("open_by_handle_at",
			syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, 0));
	}
	refused("fanotify_init", syscall(SYS_fanotify_init, 0, O_RDONLY));
	refused("fanotify_init, by fid", syscall(SYS_fanotify_init, 0x200, 0));
	refused("fanotify_mark",
		syscall(SYS_fanotify_mark, 3, 1, 0x20, AT_FDCWD, "/"));
	for (int command = 0; command < 16; command++) {
		refused("quotactl",
			syscall(SYS_quotactl, (0x800000 + command) << 8,
				"/dev/vda", 0, room));
		refused("quotactl_fd",
			syscall(443, 0, (0x800000 + command) << 8, 0, room));
		refused("syslog", syscall(SYS_syslog, command, room, 64));
	}
	refused("acct", syscall(SYS_acct, "/work/acct"));
	refused("acct off", syscall(SYS_acct, 0));
	refused("swapon", syscall(SYS_swapon, "/work/case", 0));
	refused("swapoff", syscall(SYS_swapoff, "/dev/vda"));
	refused("lookup_dcookie",
		syscall(SYS_lookup_dcookie, 1UL, room, sizeof(room)));
	refused("statmount", syscall(457, room, room, sizeof(room), 0));
	refused("listmount", syscall(458, room, room, 16, 0));
	puts("done");
	return 0;
}
