/*
 * id: FS-14.handles   class: LEAK   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD   expect-not: root:
 * expect-audit: syscall_denied name=open_by_handle_at
 * Files of the host's by number, through any descriptor of the file system
 * that both share ("shocker").
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	static const char *const mounts[] = { "/", "/etc/passwd", "/work",
					      "/proc", "/usr/lib/enclave" };
	struct {
		unsigned bytes;
		int type;
		unsigned long inode;
		unsigned generation;
	} handle = { 8, 1, 2, 0 };

	for (unsigned i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		int fd = open(mounts[i], O_RDONLY);

		for (int type = 0; type < 256; type++) {
			handle.type = type;
			handle.inode = 2;
			refused("root of the file system",
				syscall(SYS_open_by_handle_at, fd, &handle,
					O_RDONLY));
		}
		handle.type = 1;
		for (handle.inode = 1; handle.inode < 300; handle.inode++)
			refused("by inode", syscall(SYS_open_by_handle_at, fd,
						    &handle, O_RDONLY));
		close(fd);
	}
	puts("done");
	return 0;
}
