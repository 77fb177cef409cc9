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
 *	enclave-vault dies	start a new one after a pause
 */

#include "launcher.h"
#include "options.h"
#include "state_dir.h"
#include "vault_role.h"

struct enc_supervisor_options {
	const char *api_program;
	uid_t api_uid; /* uid of this instance's enclave-api */
	const char *backend;
	int pool;
	int overcommit;
	bool access_log;
	int keep_days;
	const char *state_path; /* path of the directory DIR/api */
	/* Failpoint for the first enclave-api only; NULL: none. */
	const char *failpoint;
	const struct enc_state_dir *state;
	int unix_listener; /* listening unix socket; taken */
	int tcp_listener;  /* listening TCP socket, taken; -1: none */
	/*
	 * Descriptor for the report that the server is ready. It is closed
	 * after the report; -1: none.
	 */
	int ready_fd;
	struct enc_poller *poller;
	struct enc_launcher *launcher; /* launcher, borrowed; NULL: simulator */
	struct enc_vault_role *vault;  /* running, borrowed; NULL: simulator */
};

/*
 * enc_supervisor_run() - run until the server is told to end. Return: 0 or a
 * code of sysexits.h
 */
int enc_supervisor_run(const struct enc_supervisor_options *options);

#endif
