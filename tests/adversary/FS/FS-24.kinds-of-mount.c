/*
 * id: FS-24.kinds-of-mount   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * expect-audit: syscall_denied name=fsopen
 * expect-audit: syscall_denied name=move_mount
 * Each kind of file system by the old call and by the new ones.
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	static const char *const kinds[] = {
		"fuse",	   "9p",      "overlay",  "tmpfs",	"proc",
		"sysfs",   "cgroup",  "cgroup2",  "devpts",	"mqueue",
		"bpf",	   "tracefs", "debugfs",  "securityfs", "configfs",
		"ramfs",   "ext4",    "squashfs", "nfs",	"binfmt_misc",
		"devtmpfs"
	};

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		refused(kinds[i], mount(kinds[i], "/work", kinds[i], 0, ""));
		refused(kinds[i], syscall(SYS_fsopen, kinds[i], 0));
	}
	for (unsigned long flag = 1; flag < 1UL << 26; flag <<= 1)
		refused("mount", mount("/", "/work", 0, flag, 0));
	refused("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1));
	refused("open_tree_attr", syscall(467, AT_FDCWD, "/", 1, 0, 0));
	refused("move_mount",
		syscall(SYS_move_mount, AT_FDCWD, "/", AT_FDCWD, "/work", 0));
	refused("fspick", syscall(SYS_fspick, AT_FDCWD, "/", 0));
	refused("mount_setattr", syscall(442, AT_FDCWD, "/", 0, "", 32));
	puts("done");
	return 0;
}
