#ifndef ENC_CLI_COMMAND_H
#define ENC_CLI_COMMAND_H

/*
 * A command is one row: name, arguments, options, text and a function. Usage,
 * validation and the manual are made from it. cmd_*.c has the rows and exports
 * nothing else; commands.c lists them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "option.h"

/* What every command is given. */
struct enc_cli {
	FILE *out;	 /* results */
	FILE *notes;	 /* progress, notes, errors */
	bool out_is_tty; /* then what programs print is made inert */
	bool notes_is_tty;
	bool colour;	 /* on @out */
	int exit_status; /* of the process if the command returns ENC_OK */
};

struct enc_call {
	const void *options; /* the command's struct */
	const struct enc_words *words;
	size_t dash_at; /* index of the first word after `--` */
};

struct enc_command {
	const char *name; /* one or two words: "audit show" */
	const char *arguments;
	const char *summary; /* one line, no full stop */
	const char *text;    /* more, for help and manual; may be NULL */
	const struct enc_option *options;
	size_t option_count;
	/* Of the struct, whose first member is enc_common_options. */
	size_t options_size;
	size_t words_min;
	size_t words_max; /* without what is after `--` */
	bool takes_rest;  /* whether there may be a `--` */
	int usage_status; /* exit status of wrong usage; 0 for that of all */
	void (*tell_more)(FILE *out); /* lines behind the options, or NULL */

	/**
	 * run() - carry it out
	 * @cli:  prints there; sets exit_status for more than "worked"
	 * @call: borrowed for the call
	 *
	 * Return: ENC_OK; else a code with @err, whose exit code is the
	 * process's
	 */
	enum enc_code (*run)(struct enc_cli *cli, const struct enc_call *call,
			     struct enc_error *err);
};

/* The commands, in the order of the help. */
extern const struct enc_command *const enc_commands[];
extern const size_t enc_command_count;

/**
 * enc_commands_main() - run a command line
 * @words: without the program's name, ends with NULL
 *
 * Return: exit status; failures are told on @cli->notes, also as JSON if the
 * command line has --json
 */
int enc_commands_main(struct enc_cli *cli, const char *const *words);

/* enc_commands_manual() - enclave.1, all of it, as roff */
void enc_commands_manual(FILE *out);

#endif
