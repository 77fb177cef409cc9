#ifndef ENC_ADVERSARY_HOARD_H
#define ENC_ADVERSARY_HOARD_H

/* Many processes that take what they can, and hold it at the same time. */

#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

enum { HOLD_SECONDS = 3 };

/*
 * hoard_all() - print how many all got, after it was held; more than @most of
 * them is a line that no case may print
 * @hoard: called in each process with its number; what it takes it keeps
 */
static inline void hoard_all(const char *what, int processes, long most,
			     long (*hoard)(int number))
{
	int ends[2], go[2];
	long all = 0, one;

	works("pipe", pipe(ends) | pipe(go));
	for (int i = 0; i < processes; i++) {
		if (fork() == 0) {
			one = hoard(i);
			write(ends[1], &one, sizeof(one));
			close(ends[1]);
			close(go[1]);
			read(go[0], &one, 1); /* all of them hold theirs */
			_exit(0);
		}
	}
	close(ends[1]);
	while (read(ends[0], &one, sizeof(one)) == sizeof(one))
		all += one;
	sleep(HOLD_SECONDS);
	printf("%s %ld\n", what, all);
	if (all > most)
		held(what, all);
}

#endif
