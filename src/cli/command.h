#ifndef ENC_CLI_COMMAND_H
#define ENC_CLI_COMMAND_H

/*
 * A command of `enclave` is one struct enc_command: name, arguments, options,
 * help text and a function. Usage, validation and the manual are made from that
 * struct. Each cmd_*.c defines such structs and exports nothing else.
 * commands.c lists them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "option.h"
#include "writer.h"

/* The output files and the exit status, which all commands share. */
struct enc_cli {
	FILE *out;   /* file for results, written to `out_writer` */
	FILE *notes; /* file for progress, notes and errors */
	struct enc_writer out_writer;
	struct enc_writer notes_writer;
	bool out_is_tty; /* a terminal: output of programs is escaped */
	bool notes_is_tty;
	bool colour; /* use colours on @out */
	/* Exit status of the process if run() returns ENC_OK. */
	int exit_status;
};

/* The parsed command line of one command. */
struct enc_call {
	const void *options; /* the command's struct of options, filled */
	const struct enc_words *words; /* arguments, also those after `--` */
	/* Index of the first word after `--`; words->count without `--`. */
	size_t dash_at;
};

struct enc_command {
	const char *name; /* name of one or two words, such as "audit show" */
	/* Arguments as the usage line shows them, such as "FILE|-"; or "". */
	const char *arguments;
	const char *summary; /* one line for help, without a full stop */
	const char *text;    /* details for help and manual; may be NULL */
	const struct enc_option *options;
	size_t option_count;
	/*
	 * Size of the struct that the options are parsed into. Its first member
	 * is a struct enc_common_options.
	 */
	size_t options_size;
	size_t words_min; /* least number of arguments before `--` */
	size_t words_max; /* most arguments before `--` */
	bool takes_rest;  /* `--` and words after it are allowed */
	/* Exit status for wrong usage; 0: the status of BAD_REQUEST. */
	int usage_status;
	/* Print the end of the help; NULL: there is no such part. */
	void (*tell_more)(FILE *out);

	/**
	 * run() - run the command
	 * @cli:  run() prints to its files, and may set exit_status
	 * @call: borrowed until run() returns
	 *
	 * Return: ENC_OK; else a code, with @err filled, which decides the
	 * exit status of the process
	 */
	enum enc_code (*run)(struct enc_cli *cli, const struct enc_call *call,
			     struct enc_error *err);
};

/* All commands, in the order in which the help lists them. */
extern const struct enc_command *const enc_commands[];
extern const size_t enc_command_count;

/**
 * enc_commands_main() - run the command that a command line names
 * @words: the command line without the program's name; ends with NULL
 *
 * Prints a failure's message to @cli->notes.
 *
 * Return: exit status of the process
 */
int enc_commands_main(struct enc_cli *cli, const char *const *words);

/* enc_commands_manual() - print the section COMMANDS of enclave.1 in roff */
void enc_commands_manual(FILE *out);

/* enc_commands_completion() - print a completion script for bash */
void enc_commands_completion(FILE *out);

#endif
