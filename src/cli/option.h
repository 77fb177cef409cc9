#ifndef ENC_CLI_OPTION_H
#define ENC_CLI_OPTION_H

/*
 * Options of a command. A row of a table has the spelling of an option, its
 * value, the field of the command's struct that gets the value, and the help.
 * Parsing, validation, `--help` and the manual page use the same rows.
 *
 *	--name VALUE, --name=VALUE, -n VALUE, -nVALUE; flags take no value.
 *	`--` ends the options; a lone `-` is an argument.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"

enum { ENC_WORDS_MAX = 1024 }; /* most values of one option; most arguments */

/* Words of the command line, borrowed from it. */
struct enc_words {
	const char *word[ENC_WORDS_MAX];
	size_t count;
};

enum enc_option_kind {
	ENC_OPTION_INVALID,
	ENC_OPTION_FLAG,     /* bool */
	ENC_OPTION_TEXT,     /* const char *; at most once; NULL if absent */
	ENC_OPTION_CHOICE,   /* const char *, one of `choices` */
	ENC_OPTION_WORDS,    /* struct enc_words; any number of times */
	ENC_OPTION_DURATION, /* int64_t seconds: 30, 30s, 5m, 1h; 0: absent */
	ENC_OPTION_KIND_MAX,
};

struct enc_option {
	const char *name; /* without its dashes */
	char letter;	  /* 0: none */
	enum enc_option_kind kind;
	size_t offset;	   /* offset of the field in the command's struct */
	const char *value; /* name of the value in the help; NULL for a flag */
	const char *choices; /* "a|b|c" of a CHOICE, else NULL */
	const char *help;    /* one sentence, without its full stop */
};

/* Options of every command: first member of each command's struct. */
struct enc_common_options {
	bool help;
	bool json;
};

/* Rows of struct enc_common_options. A command's own rows come before them. */
extern const struct enc_option enc_common_option_rows[2];

/**
 * enc_option_parse() - read a command line by a table
 * @rows:         rows of the command, without the common ones
 * @argv:         borrowed for as long as the results are used
 * @ret_options:  zeroed struct that the rows' offsets belong to
 * @ret_words:    gets the arguments in order; zeroed by the caller
 * @ret_dash_at:  index in @ret_words of the first argument after `--`, or the
 *                count of arguments without a `--`
 * @err:          BAD_REQUEST; names the wrong word and the nearest option
 */
ENC_NODISCARD enum enc_code
enc_option_parse(const struct enc_option *rows, size_t row_count,
		 const char *const *argv, void *ret_options,
		 struct enc_words *ret_words, size_t *ret_dash_at,
		 struct enc_error *err);

/* enc_options_spell() - write "-l, --limit NAME=VALUE", cut at the size */
void enc_options_spell(const struct enc_option *row, char *ret_text,
		       size_t size);

/* enc_option_help() - print @rows and the common rows in columns on @out */
void enc_option_help(const struct enc_option *rows, size_t row_count,
		     FILE *out);

/*
 * enc_option_duration() - parse "90", "90s", "5m" or "1h" into 1 to 86400
 * seconds
 *
 * Return: 0; -EINVAL
 */
ENC_NODISCARD int enc_option_duration(const char *text, int64_t *ret_seconds);

#endif
