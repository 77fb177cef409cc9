#ifndef ENC_PARENT_SUPERVISOR_H
#define ENC_PARENT_SUPERVISOR_H

/*
 * The parent's loop. It starts enclave-api, restarts it when it dies, runs the
 * launcher, and ends in order.
 *
 *	enclave-api serves	tell READY=1, and a line to ready_fd, once
 *	SIGTERM, SIGINT		enclave-api drains for 30 s at most; then end
 *	SIGHUP			drain without waiting for clients that may
 *				still ask how their sessions ended
 *	a second signal		kill enclave-api and all sandboxes; then end
 *	enclave-api dies	kill its sandboxes, start a new one after a
 *				back-off
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

/* enc_supervisor_run() - returns at the end: 0 or a code of sysexits.h */
int enc_supervisor_run(const struct enc_supervisor_options *options);

#endif
