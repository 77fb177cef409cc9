#ifndef ENC_PARENT_OPTIONS_H
#define ENC_PARENT_OPTIONS_H

/*
 * enclaved's options: one table gives parsing, --help and the manual page.
 */

#include <stdbool.h>

#include "err.h"

struct enc_options {
	const char *state_dir;
	const char *environments;
	const char *listen; /* host:port, or "none" */
	const char *socket;
	const char *backend; /* choice.h */
	const char *runsc;   /* NULL: find one */
	const char *api;     /* program to start as enclave-api */
	int pool;	     /* waiting sandboxes per shelf */
	int ready_fd;	     /* -1: tell nobody */
	bool check;
	bool failpoints;
	bool help;
	bool version;
};

/* enc_options_parse() - texts are borrowed from argv; ENC_BAD_REQUEST */
ENC_NODISCARD enum enc_code enc_options_parse(int argc, char **argv,
					      struct enc_options *ret_options,
					      struct enc_error *err);

/* enc_options_help() - to stdout */
void enc_options_help(void);

#endif
