#ifndef ENC_TESTS_HOST_NET_H
#define ENC_TESTS_HOST_NET_H

/*
 * Two network namespaces for tests: a "host", which the test is in, and an
 * outside. Servers on both answer on every address below, by both protocols.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	DEADLINE_MS = 5000,
	STRANGER = 1000, /* a uid that isn't a gate's */
	HTTP = 80,
	DNS = 53,
	NEAR_DNS = 54,
	UNTIL_END = 82, /* reads until the end, and then tells the parent */
};

#define ALLOWED4 "198.51.100.7"
#define ALLOWED6 "2606:4700::7"
#define DENIED4 "10.1.2.3"
#define DENIED6 "fd00::7"
#define INTERNAL4 "10.9.9.9"
#define INTERNAL6 "fd00:9::9"
#define SERVER4 "10.0.0.53"
#define SERVER6 "fd00::53"
#define SERVER_PUBLIC "198.51.100.53"
#define OWN4 "203.0.113.1"
#define OWN6 "2001:db8:1::1"
#define OWN_ELSEWHERE "198.51.100.64" /* local by a table of its own */

enum { OUTSIDE = 9 };
extern const char *const host_net_outside[OUTSIDE];

/* host_net_run() - the exit code of a command of the shell */
int host_net_run(const char *command);

/* Group setup and teardown for cmocka. */
int host_net_set_up(void **state);
int host_net_tear_down(void **state);

/* host_net_hear() - what a server tells, or 0; 'e': it read until the end */
char host_net_hear(void);

/* host_net_socket() - a socket, made as the launcher makes one for a gate */
int host_net_socket(uid_t uid, int family, int type);

/*
 * host_net_connect() - 0 or a negative errno; an IPv6 socket takes "10.1.2.3"
 * as ::ffff:10.1.2.3
 */
int host_net_connect(int fd, int family, const char *text, uint16_t port);

/*
 * reach() - 0 if a byte comes back from there; else a negative errno.
 * reach_by() - the same by a socket of any family
 */
int reach(uid_t uid, int type, const char *text, uint16_t port);
int reach_by(uid_t uid, int family, int type, const char *text, uint16_t port);

/* expect_refused() - by both protocols, without waiting */
void expect_refused(uid_t uid, const char *text, uint16_t port);
void expect_reached(uid_t uid, const char *text, uint16_t port);

#endif
