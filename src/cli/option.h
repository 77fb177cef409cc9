#ifndef ENC_CLI_OPTION_H
#define ENC_CLI_OPTION_H

/*
 * Options of a command: one table says how each is spelled, what it takes,
 * where it goes in the command's struct and what the help says about it.
 * Parsing, validation, `--help` and the manual come from the same rows.
 *
 *	--name VALUE, --name=VALUE, -n VALUE, -nVALUE; flags take no value.
 *	`--` ends the options; a lone `-` is an argument.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"

enum { ENC_WORDS_MAX = 1024 }; /* values of one option, and arguments */

/* Words of the command line, borrowed from it. */
struct enc_words {
	const char *word[ENC_WORDS_MAX];
	size_t count;
};

enum enc_option_kind {
	ENC_OPTION_INVALID,
	ENC_OPTION_FLAG,     /* bool */
	ENC_OPTION_TEXT,     /* const char *, once; NULL when not given */
	ENC_OPTION_CHOICE,   /* const char *, one of `choices` */
	ENC_OPTION_WORDS,    /* struct enc_words, as often as wanted */
	ENC_OPTION_DURATION, /* int64_t seconds: 30, 30s, 5m, 1h; 0: absent */
	ENC_OPTION_KIND_MAX,
};

struct enc_option {
	const char *name; /* without its dashes */
	char letter;	  /* 0: none */
	enum enc_option_kind kind;
	size_t offset;	     /* of its field in the command's struct */
	const char *value;   /* what help calls the value; NULL for a flag */
	const char *choices; /* "a|b|c" of a CHOICE, else NULL */
	const char *help;    /* one sentence, without its full stop */
};

/* What every command takes; the first member of each command's struct. */
struct enc_common_options {
	bool help;
	bool json;
};

/* The rows of enc_common_options, checked after a command's own. */
extern const struct enc_option enc_common_option_rows[2];

/**
 * enc_option_parse() - read a command line by a table
 * @rows:         of the command, without the common ones
 * @argv:         borrowed for as long as the results are used
 * @ret_options:  zeroed struct that the rows' offsets belong to
 * @ret_words:    what is not an option, in order; zeroed
 * @ret_dash_at:  index in @ret_words of the first word after `--`; equal to
 *                its count where there was none
 * @err:          BAD_REQUEST, naming the word and the nearest option
 */
ENC_NODISCARD enum enc_code
enc_option_parse(const struct enc_option *rows, size_t row_count,
		 const char *const *argv, void *ret_options,
		 struct enc_words *ret_words, size_t *ret_dash_at,
		 struct enc_error *err);

/* enc_options_spell() - "-l, --limit NAME=VALUE" as in help, cut at the size */
void enc_options_spell(const struct enc_option *row, char *ret_text,
		       size_t size);

/* enc_option_help() - the rows and the common ones, aligned, on @out */
void enc_option_help(const struct enc_option *rows, size_t row_count,
		     FILE *out);

/*
 * enc_option_duration() - "90", "90s", "5m", "1h" as seconds, 1..86400
 *
 * Return: 0; -EINVAL
 */
ENC_NODISCARD int enc_option_duration(const char *text, int64_t *ret_seconds);

#endif
