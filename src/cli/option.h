#ifndef ENC_CLI_OPTION_H
#define ENC_CLI_OPTION_H

/*
 * Command-line options. Each command has a table with one row per option: its
 * spelling, the kind of its value, its member of the command's struct, and its
 * help text. Parsing, validation, `--help` and the manual use the same rows.
 *
 * An option is written --name VALUE, --name=VALUE, -n VALUE or -nVALUE. Flags
 * take no value. `--` ends the options; a lone `-` is an argument.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"

enum { ENC_WORDS_MAX = 1024 }; /* values of an option, or arguments */

/* A list of words of the command line. The words are borrowed. */
struct enc_words {
	const char *word[ENC_WORDS_MAX];
	size_t count;
};

enum enc_option_kind {
	ENC_OPTION_INVALID,
	ENC_OPTION_FLAG,     /* bool */
	ENC_OPTION_TEXT,     /* const char *, at most once; NULL: absent */
	ENC_OPTION_CHOICE,   /* const char *, one of `choices` */
	ENC_OPTION_WORDS,    /* struct enc_words; may be repeated */
	ENC_OPTION_DURATION, /* int64_t, seconds: 30, 30s, 5m, 1h; 0: absent */
	ENC_OPTION_KIND_MAX,
};

struct enc_option {
	const char *name; /* long name without dashes */
	char letter;	  /* short name; 0: none */
	enum enc_option_kind kind;
	size_t offset;	     /* offset of the member in the command's struct */
	const char *value;   /* the value's name in help; NULL for a flag */
	const char *choices; /* "a|b|c" for ENC_OPTION_CHOICE, else NULL */
	const char *help;    /* help: one sentence without a full stop */
};

/* Options of every command. First member of each command's struct. */
struct enc_common_options {
	bool help;
	bool json;
};

/* Rows for enc_common_options, searched after the command's own rows. */
extern const struct enc_option enc_common_option_rows[2];

/**
 * enc_option_parse() - parse a command line by a table of options
 * @rows:         the command's rows, without the common ones
 * @argv:         NULL-terminated; borrowed, the results point into it
 * @ret_options:  the command's struct, zeroed by the caller
 * @ret_words:    the arguments in order; zeroed by the caller
 * @ret_dash_at:  index in @ret_words of the first word after `--`; the number
 *                of words if there is no `--`
 * @err:          names the wrong word; suggests the nearest option
 *
 * Return: ENC_OK; ENC_BAD_REQUEST; ENC_LIMIT for more than ENC_WORDS_MAX
 * arguments or values of an option
 */
ENC_NODISCARD enum enc_code
enc_option_parse(const struct enc_option *rows, size_t row_count,
		 const char *const *argv, void *ret_options,
		 struct enc_words *ret_words, size_t *ret_dash_at,
		 struct enc_error *err);

/*
 * enc_options_spell() - write an option as help shows it, such as
 * "-l, --limit NAME=VALUE"; a longer text is truncated to @size
 */
void enc_options_spell(const struct enc_option *row, char *ret_text,
		       size_t size);

/* enc_option_help() - print the help for @rows and the common options */
void enc_option_help(const struct enc_option *rows, size_t row_count,
		     FILE *out);

/*
 * enc_option_duration() - convert "90", "90s", "5m" or "1h" to seconds
 *
 * Return: 0; -EINVAL if it is malformed or not within 1..86400 seconds
 */
ENC_NODISCARD int enc_option_duration(const char *text, int64_t *ret_seconds);

#endif
