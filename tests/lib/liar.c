/*
 * A program in the place of another one: says a good version, as runsc would,
 * and for all else does what LIE says.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum lie { EXIT_0, EXIT_1, HANG, GARBAGE, DIE };

int main(int argc, char **argv)
{
	static char garbage[1 << 20];

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("runsc version release-20991231.0\nspec: 1.1.0");
		return 0;
	}
	switch (LIE) {
	case EXIT_0:
		return 0;
	case EXIT_1:
		return 1;
	case HANG:
		for (;;) {
			(void)pause();
		}
	case GARBAGE:
		/* To every descriptor that it was given. */
		memset(garbage, '{', sizeof(garbage));
		for (int fd = 0; fd < 64; fd++) {
			(void)!write(fd, garbage, sizeof(garbage));
		}
		return 0;
	case DIE:
		return raise(SIGKILL);
	}
	return 2;
}
