#ifndef ENC_CLI_RUN_OUTPUT_H
#define ENC_CLI_RUN_OUTPUT_H

/*
 * Prints the output of a session as it arrives: the exact bytes, or inert text
 * (see inert.h) for a terminal.
 */

#include <stdio.h>

#include <jansson.h>

#include "inert.h"
#include "server.h"

struct enc_run_output {
	FILE *out;   /* receives the program's stdout */
	FILE *notes; /* receives the program's stderr */
	bool make_out_inert;
	bool make_notes_inert;
	bool silent;	   /* ignore the events of the stream */
	bool printed;	   /* events were printed; don't print the result */
	bool one_terminal; /* out and notes are both terminals */
	bool line_open; /* a message would go on with a line of the program */
	bool broken;	/* a write to out or notes failed */
	int error;	/* errno of the failed write */
	struct enc_inert inert[2]; /* escaping of stdout and of stderr */
};

/*
 * enc_run_output_event() - print one event of a session's stream
 * @user: struct enc_run_output
 *
 * A handler for enc_server_stream(). Return: false if the output can't be
 * written.
 */
bool enc_run_output_event(void *user, const struct enc_server_event *event);

/*
 * enc_run_output_finish() - complete the output at the end of a session
 *
 * Prints the output in the result of @session if no event was printed. Then
 * prints the last incomplete character, if inert text has one.
 */
void enc_run_output_finish(struct enc_run_output *output,
			   const json_t *session);

/*
 * enc_run_output_notes() - get the file for a message, at the start of a line
 *
 * A program can so neither hide nor forge a message by a line that it leaves
 * open.
 */
FILE *enc_run_output_notes(struct enc_run_output *output);

#endif
