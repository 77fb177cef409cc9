/*
 * id: FS-54.attributes   class: HOSTDOS
 * limits: memoryMb=64 diskMb=1 cpuSeconds=20 wallClockSeconds=30
 * expect-phase: succeeded   expect-not: HELD   expect-stdout: ^done$
 * max-unpaid-mb: 128
 * Extended attributes live beside a file, in the kernel's memory, and an older
 * kernel charges those of tmpfs to nobody. None can be set, of any kind, on
 * files with a name and without one, sockets, pipes and what init gave.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "probe.h"

static const char *const places[] = { "/work", "/tmp", "/var/tmp", "/dev/shm" };
static const char *const names[] = { "user.x",
				     "trusted.x",
				     "security.capability",
				     "security.x",
				     "system.x",
				     "system.posix_acl_access",
				     "system.posix_acl_default",
				     "security.ima" };
enum { NAMES = sizeof(names) / sizeof(*names) };

static char value[65536];

/* hoard() - as many and as large as there may be */
static void hoard(int fd)
{
	char name[64];

	for (int i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), i % 2 ? "user.%d" : "security.%d",
			 i);
		fails(name, fsetxattr(fd, name, value, sizeof(value), 0));
		fails(name, fsetxattr(fd, name, value, 3000, 0));
	}
}

int main(void)
{
	char path[64];

	for (int p = 0; p < 4; p++) {
		int fd;

		snprintf(path, sizeof(path), "%s/x", places[p]);
		fd = open(path, O_CREAT | O_RDWR, 0600);
		for (int i = 0; i < NAMES; i++) {
			fails(names[i], setxattr(path, names[i], value, 20, 0));
			fails(names[i], fsetxattr(fd, names[i], value, 20, 0));
			fails(names[i],
			      lsetxattr(path, names[i], value, 20, 0));
			fails(names[i],
			      setxattr("/bin/sh", names[i], value, 20, 0));
		}
		/* setxattrat(), of 6.13 */
		fails("setxattrat", syscall(463, fd, "", 0x1000, "user.x",
					    (long[]){ (long)value, 20 }, 16));
	}
	for (int fd = 0; fd < 8; fd++)
		hoard(fd); /* the files of above, too */
	for (int i = 0; i < 50; i++) {
		int pair[2], ends[2];

		hoard(memfd_create("m", 0));
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0)
			hoard(pair[0]);
		if (pipe(ends) == 0)
			hoard(ends[0]);
	}
	puts("done");
	return 0;
}
