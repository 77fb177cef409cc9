/*
 * id: FS-12.setuid   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * A file that is set-uid, set-gid or has capabilities gives nothing to who
 * runs it: no set-uid on any mount, no new privileges, no right to say so.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "probe.h"

static void run_as(const char *path)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execl(path, path, "child", NULL);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (status != 0)
		held(path, status);
}

int main(int argc, char **argv)
{
	static const char *const places[] = { "/work/x", "/tmp/x", "/dev/shm/x",
					      "/var/tmp/x" };
	static char room[4 << 20];
	unsigned char rights[20] = { 1, 0, 0, 2, 0xff, 0xff, 0xff, 0xff };
	int from = open("/proc/self/exe", O_RDONLY);
	ssize_t length = read(from, room, sizeof(room));

	if (argc > 1)
		return getuid() != 1000 || geteuid() != 1000 ||
		       getgid() != 1000 || getegid() != 1000;
	for (unsigned i = 0; i < sizeof(places) / sizeof(*places); i++) {
		int fd = open(places[i], O_CREAT | O_WRONLY | O_TRUNC, 0755);

		works(places[i], write(fd, room, (size_t)length));
		fails("chown", fchown(fd, 0, 0));
		fails("security.capability",
		      fsetxattr(fd, "security.capability", rights, 20, 0));
		fails("trusted", fsetxattr(fd, "trusted.x", "x", 1, 0));
		chmod(places[i], 06755);
		close(fd);
		run_as(places[i]);
	}
	puts("done");
	return 0;
}
