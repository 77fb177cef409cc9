/*
 * id: PR-08.exec   class: SELFDOS   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * expect-stdout: ^too many: 7 7$   expect-stdout@gvisor: ^too many: 36 36$
 * parity: errors
 * Programs from nowhere: of memory, of a deleted file, of a script that is its
 * own interpreter, with more arguments than there is room.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

extern char **environ;

/* run() - in a child; its status */
static int run(const char *path, char **argv)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execve(path, argv, environ);
		_exit(100 + (errno & 0x3f));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void copy_to(int fd)
{
	static char room[1 << 20];
	int from = open("/usr/bin/true", O_RDONLY);
	ssize_t length;

	while ((length = read(from, room, sizeof(room))) > 0)
		write(fd, room, (size_t)length);
	close(from);
}

static void script(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0755);

	write(fd, text, strlen(text));
	fchmod(fd, 0755);
	close(fd);
}

int main(void)
{
	char *one[] = { "x", 0 };
	char path[64];
	int fd = memfd_create("program", 0);
	char **many = calloc((64 << 10) + 1, sizeof(*many));
	char *large = malloc(2 << 20);

	copy_to(fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (run(path, one) != 0)
		held("memfd", 0);
	fails("execveat", syscall(SYS_execveat, fd, "", one, environ, 0x1000));
	fd = open("/work/gone", O_CREAT | O_RDWR, 0755);
	copy_to(fd);
	close(fd);
	fd = open("/work/gone", O_RDONLY);
	unlink("/work/gone");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (run(path, one) != 0)
		held("deleted", 0);
	script("/work/loop", "#!/work/loop\n");
	if (run("/work/loop", one) != 100 + (ELOOP & 0x3f))
		held("loop", run("/work/loop", one));
	script("/work/a", "#!/work/b\n");
	script("/work/b", "#!/work/a\n");
	if (run("/work/a", one) != 100 + (ELOOP & 0x3f))
		held("two of a loop", run("/work/a", one));
	memset(large, 'a', (2 << 20) - 1);
	large[(2 << 20) - 1] = 0;
	many[0] = large;
	printf("too many: %d", run("/usr/bin/true", many) - 100);
	memset(large, 'a', 100000);
	large[100000] = 0;
	for (int i = 0; i < 64 << 10; i++)
		many[i] = large;
	printf(" %d\n", run("/usr/bin/true", many) - 100);
	if (run("/work", one) == 0 || run("/dev/null", one) == 0)
		held("no program", 0);
	puts("done");
	return 0;
}
