#ifndef ENC_MODEL_LANGUAGE_H
#define ENC_MODEL_LANGUAGE_H

/*
 * The languages of programs. A new language needs a row in language.c, its
 * interpreter in init/init_command.c, and what that starts with in runner/.
 */

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "limit.h"

/* The numbers are part of the protocol with enclave-init. */
enum enc_language {
	ENC_LANGUAGE_INVALID,
	ENC_LANGUAGE_PYTHON,
	ENC_LANGUAGE_NODE,
	/* Argv as it is, without an interpreter of ours. */
	ENC_LANGUAGE_COMMAND,
	ENC_LANGUAGE_MAX,
};

enum { ENC_LANGUAGE_ENDINGS_MAX = 3, ENC_LANGUAGE_ALIASES_MAX = 3 };

struct enc_language_row {
	const char *name;
	/* Name of the file with the code, in /work; NULL: no code. */
	const char *entry;
	const char *interpreter; /* name in a command line, or NULL */
	/* Further names that the CLI takes; the list ends with NULL. */
	const char *aliases[ENC_LANGUAGE_ALIASES_MAX + 1];
	/* Endings of file names in this language; the list ends with NULL. */
	const char *endings[ENC_LANGUAGE_ENDINGS_MAX + 1];
	/* Memory of a waiting sandbox with its gate; an upper estimate. */
	uint64_t idle_bytes;
	uint64_t open_files_least; /* the interpreter needs so many */
	/*
	 * Limits that the interpreter adapts to when it starts, by
	 * ENC_LIMIT_BIT(): one that waits can't be told of others.
	 */
	uint32_t starts_with;
};

/* enc_language_info() - return the row of a language other than INVALID */
const struct enc_language_row *enc_language_info(enum enc_language language);

/*
 * enc_language_name() - return the name of a language other than INVALID:
 * "python", "node", "command"
 */
const char *enc_language_name(enum enc_language language);

/**
 * enc_language_check() - whether a program of the language can run with @limits
 * @limits: each is within its range
 *
 * Return: ENC_OK; ENC_BAD_LIMITS
 */
ENC_NODISCARD enum enc_code enc_language_check(enum enc_language language,
					       const struct enc_limits *limits,
					       struct enc_error *err);

/* enc_language_parse() - find a language by name; false if no row has it */
ENC_NODISCARD bool enc_language_parse(const char *name,
				      enum enc_language *ret_language);

/*
 * enc_language_of_word() - find a language that has code by its name or an
 * alias; false if no row has it
 */
ENC_NODISCARD bool enc_language_of_word(const char *word,
					enum enc_language *ret_language);

/*
 * enc_language_of_file() - find a language by the ending of a path; false if no
 * row has it
 */
ENC_NODISCARD bool enc_language_of_file(const char *path,
					enum enc_language *ret_language);

#endif
