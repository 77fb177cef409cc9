/*
 * id: FS-62.open-files   class: MISLABEL
 * limits: memoryMb=256 pidsLimit=64 cpuSeconds=25 wallClockSeconds=25
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-not-audit: quota_kill
 * As many files of the environment as there can be, open in many processes at a
 * time: who opens one more is refused, and the end is the program's, not a
 * fault of what serves files.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

enum { PROCESSES = 40, ROUNDS = 20, MOST = 1024 };

/* hoard() - open files until one is refused; how many were opened */
static int hoard(void)
{
	DIR *folder = opendir("/usr/bin");
	struct dirent *entry;
	char path[300];
	int count = 0;

	for (int i = 0; i < ROUNDS; i++) {
		while ((entry = readdir(folder))) {
			snprintf(path, sizeof(path), "/usr/bin/%s",
				 entry->d_name);
			if (open(path, O_RDONLY) >= 0)
				count++;
			else if (errno == EMFILE || errno == ENFILE)
				return count;
		}
		rewinddir(folder);
	}
	return count;
}

int main(void)
{
	int ends[2], go[2], one, all = 0;

	pipe(ends);
	pipe(go);
	for (int i = 0; i < PROCESSES; i++) {
		if (fork() == 0) {
			close(go[1]);
			one = hoard();
			write(ends[1], &one, sizeof(one));
			read(go[0], &one, 1); /* all of them hold theirs */
			_exit(0);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		read(ends[0], &one, sizeof(one));
		all += one;
		if (one > MOST)
			held("files of a process", one);
	}
	printf("files %d\n", all);
	close(go[1]);
	while (wait(0) > 0)
		;
	puts(all > PROCESSES * 50 ? "done" : "few");
	return 0;
}
