#ifndef ENC_PARENT_SUPERVISOR_H
#define ENC_PARENT_SUPERVISOR_H

/*
 * The main loop of enclaved. It starts enclave-api, restarts it when it dies,
 * runs the launcher, and shuts down in order.
 *
 *	enclave-api serves	report READY=1 and write a line to ready_fd, once
 *	SIGTERM, SIGINT		enclave-api drains for 30 s at most; then exit
 *	SIGHUP			drain without waiting for clients that may
 *				still ask how their sessions ended
 *	a second signal		kill enclave-api and all sandboxes; then exit
 *	enclave-api dies	kill its sandboxes, start a new one after a
 *				pause
 */

#include "launcher.h"
#include "options.h"
#include "state_dir.h"

struct enc_supervisor_options {
	const char *api_program;
	uid_t api_uid; /* uid of this instance's enclave-api */
	const char *backend;
	int pool;
	const char *state_path; /* path of DIR/api */
	const char *failpoint;	/* for the first enclave-api only; NULL: none */
	const struct enc_state_dir *state;
	int unix_listener; /* taken */
	int tcp_listener;  /* taken; or -1 */
	int ready_fd;	   /* closed after the report; or -1 */
	struct enc_poller *poller;
	struct enc_launcher *launcher; /* NULL with the simulator; borrowed */
};

/*
 * enc_supervisor_run() - run until the server is told to end. Return: 0 or a
 * code of sysexits.h
 */
int enc_supervisor_run(const struct enc_supervisor_options *options);

#endif
