#ifndef ENC_PARENT_API_PROCESS_H
#define ENC_PARENT_API_PROCESS_H

/*
 * Starts enclave-api: without rights, with namespaces, a filter and a uid of
 * its own. It sees only its state directory (api_root.h) and has the
 * descriptors of launch/api_fd.h. It starts with SIGTERM and SIGHUP blocked.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "def.h"

struct enc_api_birth {
	const char *program; /* path of the program; linked statically */
	uid_t uid;	     /* uid of enclave-api; ignored without root */
	const char *backend;
	int pool;	 /* number of waiting sandboxes per shelf */
	int overcommit;	 /* thousandths of the machine's memory for sessions */
	bool access_log; /* log each request */
	int keep_days;	 /* how long records are kept; 0: for ever */
	const char *state_path; /* path of enclave-api's state directory */
	int channel;		/* channel to the launcher; -1: none */
	int unix_listener;
	int tcp_listener; /* listening TCP socket; -1: none */
	int ready;	  /* pipe that gets a byte once requests are answered */
	uid_t owner;	  /* uid that may use the unix socket; root may, too */
	const char *failpoint; /* failpoint (failpoint.h); NULL: none */
};

/*
 * enc_api_start() - start enclave-api. Return: 0 or a negative errno; the
 * caller closes the pidfd
 */
ENC_NODISCARD int enc_api_start(const struct enc_api_birth *birth,
				pid_t *ret_pid, int *ret_pidfd);

#endif
