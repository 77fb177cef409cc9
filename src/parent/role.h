#ifndef ENC_PARENT_ROLE_H
#define ENC_PARENT_ROLE_H

/*
 * Theory of operation
 *
 * A role is a program that enclaved keeps running: enclave-api, enclave-vault.
 * One process at a time has it. When that process dies, the next one is started
 * after a pause, which doubles with each early death and with each start that
 * fails. A program that exits early several times in a row can't start: the
 * role is given up. A program that was killed is always started again.
 *
 *	      enc_role_start()            it died
 *	(none) --------------> RUNNING ----------> WAITING
 *	                         ^  |                 |  start_at_ms is past
 *	                         |  | enc_role_end()  |
 *	                         |  v                 |
 *	                         | (the last one)     |
 *	                         +--------------------+
 *
 * A row has the particular parts of a role: the start of its process, messages
 * to its peers, and the effects of its end.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "log.h"
#include "poller.h"

struct enc_role_row {
	const char *name; /* of the program, for the log */
	/*
	 * Start the process, and give its peers their ends. Return: 0, and the
	 * pidfd is the role's; a negative errno, and nothing is left
	 */
	int (*start)(void *context, pid_t *ret_pid, int *ret_pidfd);
	/* The process is reaped: take back what its peers had. */
	void (*ended)(void *context);
	bool kept; /* the role is never given up */
};

struct enc_role {
	const struct enc_role_row *row;
	void *context; /* for the row's functions, borrowed */
	struct enc_poller *poller;
	int process; /* pidfd; -1: not running */
	struct enc_watch watch;
	int64_t started_ms;  /* 0: never */
	int64_t start_at_ms; /* INT64_MAX: no start is planned */
	unsigned int early_deaths;
	/* Starts that failed since the last start that worked. */
	unsigned int failed_starts;
	struct enc_log_limit start_log;
	bool ending;   /* it is not started again */
	bool hopeless; /* it exits again and again */
};

/* enc_role_init() - prepare a role; all is borrowed */
void enc_role_init(struct enc_role *role, const struct enc_role_row *row,
		   void *context, struct enc_poller *poller);

/* enc_role_start() - start its process. Return: 0 or a negative errno */
ENC_NODISCARD int enc_role_start(struct enc_role *role);

/* enc_role_signal() - signal its process, if it has one */
void enc_role_signal(const struct enc_role *role, int number);

/* enc_role_end() - never start it again; its process goes on */
void enc_role_end(struct enc_role *role);

/* enc_role_stop() - kill its process, wait for its end, never start it again */
void enc_role_stop(struct enc_role *role);

/*
 * enc_role_turn() - start the next process if it is time; a failure is logged,
 * and tried again
 */
void enc_role_turn(struct enc_role *role, int64_t now_ms);

#endif
