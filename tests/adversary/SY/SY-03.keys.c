/*
 * id: SY-03.keys   class: LEAK   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * Keyrings are of a uid, not of a namespace: nobody gets at any, by name, by
 * the special ids or by trying a million of them, as far as ten seconds go.
 */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

enum { GET_KEYRING_ID, DESCRIBE = 6, READ = 11, PERSISTENT = 22, LAST = 32 };

int main(void)
{
	time_t end = time(NULL) + 10;
	char room[256];

	refused("add_key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
	refused("request_key", syscall(SYS_request_key, "user", "x", 0, -3));
	for (long operation = 0; operation <= LAST; operation++)
		refused("keyctl", syscall(SYS_keyctl, operation, -3, 1, 0, 0));
	for (long ring = -8; ring < 0; ring++)
		refused("a special ring",
			syscall(SYS_keyctl, GET_KEYRING_ID, ring, 1));
	refused("persistent", syscall(SYS_keyctl, PERSISTENT, -1, -3));
	for (long id = 1; id <= 1000000 && time(NULL) < end; id++) {
		if (syscall(SYS_keyctl, READ, id * 1021 & 0x3fffffff, room,
			    sizeof(room)) >= 0)
			held("read", id);
	}
	puts("done");
	return 0;
}
