#ifndef ENC_PARENT_SUPERVISOR_H
#define ENC_PARENT_SUPERVISOR_H

/*
 * The parent: starts enclave-api, restarts it when it dies, carries out the
 * launcher's work, ends in order.
 *
 *	enclave-api serves	READY=1, and a line to ready_fd; once
 *	SIGTERM, SIGINT		enclave-api drains, at most 30 s; then the end
 *	SIGHUP			the same, without waiting for clients that may
 *				still ask how their sessions ended
 *	the same again		at once, and still nothing is left
 *	enclave-api dies	its sandboxes die; then a new one, with back-off
 */

#include "launcher.h"
#include "options.h"
#include "state_dir.h"

struct enc_supervisor_options {
	const char *api_program;
	uid_t api_uid; /* of this instance's enclave-api */
	const char *backend;
	int pool;
	const char *state_path; /* DIR/api */
	const char *failpoint;	/* for the first enclave-api; NULL: none */
	const struct enc_state_dir *state;
	int unix_listener; /* taken, as the next */
	int tcp_listener;  /* or -1 */
	int ready_fd;	   /* or -1; closed once it was told */
	struct enc_poller *poller;
	struct enc_launcher *launcher; /* NULL with the simulator; borrowed */
};

/* enc_supervisor_run() - until the end; 0, or an exit code of sysexits.h */
int enc_supervisor_run(const struct enc_supervisor_options *options);

#endif
