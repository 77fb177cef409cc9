/*
 * id: SY-62.fixed-page   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * The old page of calls at a fixed address (vsyscall) is entered without a
 * system call. With a pointer into the kernel, or into its middle, the process
 * ends or hears an error; nothing is written there.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static const unsigned long pages[] = { 0xffffffffff600000, 0xffffffffff600400,
				       0xffffffffff600800, 0xffffffffff600123,
				       0xffffffffff600fff };
static const unsigned long pointers[] = { 0xffff888000000000,
					  0xffffffff81000000,
					  0xffffffffff600000, 8 };

/* enter() - 7 if it came back and said that it wrote */
static void enter(unsigned long page, unsigned long pointer)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		long (*call)(unsigned long, unsigned long, unsigned long) =
			(long (*)(unsigned long, unsigned long,
				  unsigned long))page;

		alarm(2);
		_exit(call(pointer, pointer, pointer) >= 0 ? 7 : 0);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 7)
		held("a fixed page", (long)page);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		held("no end", (long)page);
}

int main(void)
{
	for (unsigned i = 0; i < sizeof(pages) / sizeof(*pages); i++)
		for (unsigned k = 0; k < sizeof(pointers) / sizeof(*pointers);
		     k++)
			enter(pages[i], pointers[k]);
	puts("done");
	return 0;
}
