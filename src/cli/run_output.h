#ifndef ENC_CLI_RUN_OUTPUT_H
#define ENC_CLI_RUN_OUTPUT_H

/*
 * Prints the output of a session's program as it comes: exact bytes, or inert
 * text on a terminal.
 */

#include <stdio.h>

#include <jansson.h>

#include "inert.h"
#include "server.h"

struct enc_run_output {
	FILE *out;   /* gets the program's stdout */
	FILE *notes; /* gets the program's stderr */
	bool make_out_inert;
	bool make_notes_inert;
	bool silent;  /* print nothing until finish */
	bool printed; /* events were printed, so the result isn't */
	bool broken;  /* a write to `out` or `notes` failed */
	int error;    /* errno of the failed write */
	struct enc_inert inert[2];
};

/* enc_run_output_event() - handler of enc_server_stream(); @user: the struct */
bool enc_run_output_event(void *user, const struct enc_server_event *event);

/*
 * enc_run_output_finish() - at the end of the session: print bytes that were
 * held back, or the output in the result if no event was printed
 */
void enc_run_output_finish(struct enc_run_output *output,
			   const json_t *session);

#endif
