#ifndef ENC_PARENT_OPTIONS_H
#define ENC_PARENT_OPTIONS_H

/*
 * The options of enclaved. One table is used for parsing and for --help, and a
 * test compares the manual page with it.
 */

#include <stdbool.h>

#include "err.h"

struct enc_options {
	const char *state_dir;
	const char *environments;
	const char *listen; /* TCP address as host:port, or "none" */
	const char *socket;
	const char *backend; /* value of --backend, explained in choice.h */
	const char *runsc;   /* path of runsc; NULL: search for one */
	const char *api;     /* the program that is started as enclave-api */
	const char *ca_file; /* CAs of upstreams; NULL: the system's */
	const char
		*internal; /* list of CIDRs, explained in outward.h; or NULL */
	const char *master_key_command; /* or NULL: the file vault-key */
	int pool;	 /* number of waiting sandboxes per shelf */
	int overcommit;	 /* thousandths of the machine's memory for sessions */
	int ready_fd;	 /* descriptor that gets a line when ready; -1: none */
	int keep_days;	 /* how long records are kept; 0: for ever */
	bool access_log; /* log each request */
	bool accept_lost_memory; /* of the vault */
	bool check;
	bool failpoints;
	bool help;
	bool version;
};

/*
 * enc_options_parse() - parse the arguments; texts are borrowed from argv.
 * Return: ENC_OK; ENC_BAD_REQUEST
 */
ENC_NODISCARD enum enc_code enc_options_parse(int argc, char **argv,
					      struct enc_options *ret_options,
					      struct enc_error *err);

/* enc_options_help() - print the help to stdout */
void enc_options_help(void);

#endif
