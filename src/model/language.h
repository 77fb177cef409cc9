#ifndef ENC_MODEL_LANGUAGE_H
#define ENC_MODEL_LANGUAGE_H

/*
 * What a program is written in. A new language is a row here, its interpreter
 * in init/init_command.c and its harness in runner/.
 */

#include <stdbool.h>
#include <stdint.h>

#include "def.h"

/* The numbers are part of the protocol with enclave-init. */
enum enc_language {
	ENC_LANGUAGE_INVALID,
	ENC_LANGUAGE_PYTHON,
	ENC_LANGUAGE_NODE,
	ENC_LANGUAGE_COMMAND, /* argv as it is, no interpreter of ours */
	ENC_LANGUAGE_MAX,
};

enum { ENC_LANGUAGE_ENDINGS_MAX = 3 };

struct enc_language_row {
	const char *name;
	/* Of the file that holds the code, below /workload; NULL: no code. */
	const char *entry;
	const char *interpreter; /* as a command line names it, or NULL */
	const char *endings[ENC_LANGUAGE_ENDINGS_MAX + 1]; /* of files; NULL */
	/* A sandbox with its gate that waits in a pool, on the safe side. */
	uint64_t idle_bytes;
};

/* enc_language_info() - not of INVALID */
const struct enc_language_row *enc_language_info(enum enc_language language);

/* enc_language_name() - "python", "node", "command"; not of INVALID */
const char *enc_language_name(enum enc_language language);

/* enc_language_parse() - by name; false if there is none with that name */
ENC_NODISCARD bool enc_language_parse(const char *name,
				      enum enc_language *ret_language);

/* enc_language_of_file() - by the path's ending; false if no row has it */
ENC_NODISCARD bool enc_language_of_file(const char *path,
					enum enc_language *ret_language);

#endif
