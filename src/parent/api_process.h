#ifndef ENC_PARENT_API_PROCESS_H
#define ENC_PARENT_API_PROCESS_H

/*
 * Starting enclave-api: no rights, namespaces, a filter and an uid of its own,
 * its own state directory alone (api_root.h), and the descriptors of
 * launch/api_fd.h. It starts with SIGTERM and SIGHUP blocked.
 */

#include <sys/types.h>

#include "def.h"

struct enc_api_birth {
	const char *program; /* linked statically */
	uid_t uid;	     /* of this instance; without root it stays */
	const char *backend;
	int pool; /* waiting sandboxes per environment and language */
	const char *state_path; /* its directory */
	int channel;		/* -1 with the simulator */
	int unix_listener;
	int tcp_listener;      /* -1 if there is none */
	int ready;	       /* written to once requests are answered */
	uid_t owner;	       /* may use the unix socket, as root may */
	const char *failpoint; /* failpoint.h; NULL: none */
};

/* enc_api_start() - 0 or a negative errno; the caller closes the pidfd */
ENC_NODISCARD int enc_api_start(const struct enc_api_birth *birth,
				pid_t *ret_pid, int *ret_pidfd);

#endif
